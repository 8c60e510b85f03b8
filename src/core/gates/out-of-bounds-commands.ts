/** Words that begin a shell command: with one in front, text is read as a command and not as prose. */
export const commandNames: ReadonlySet<string> = new Set(
  `. : [ 7z alias ar ash awk base64 basename bash bat brew builtin bun bunzip2 busybox bzip2 cat cd chattr chflags chgrp
  chmod chown cipher cmd cmp command comm copy cp cpio csh csplit curl cut dash dd declare deno df diff dir dirname do docker
  doas du echo ed egrep else emacs env erase eval ex exec export false fgrep fi find fish flock for function gawk git
  go grep gsed gunzip gzip head hexdump icacls if ifs install ionice jq ksh less link ln local ls lsattr lua make
  mawk mkdir mkfifo mknod more mount move mv nano nc ncat nice nl node nohup npm npx od open openssl patch perl php
  pnpm podman popd powershell printf printenv pushd pwd pwsh py python python2 python3 read readlink realpath ren
  rename rd rev rg rm rmdir robocopy rsync ruby scp sed set setfacl setsid sftp sh shred shuf socat sort source
  split sqlite3 ssh start stat strace strings stty su sudo sum symlink sync tac tail takeown tar tee test then
  time timeout touch tr truncate true ts tsx type uniq unlink unset unzip vi vim wc wget while xargs xcopy xxd xz yarn yq
  zcat zip zsh add-content clear-content copy-item get-content get-childitem move-item new-item out-file
  remove-item rename-item set-content`.split(/\s+/),
);

/** Commands that, given a folder, remove, move, overwrite, pack or open up what is below it. */
export const changingCommands: ReadonlySet<string> = new Set(
  `7z attrib chattr chflags chgrp chmod chown cipher copy-item cp cpio del dd erase icacls ln link mount move mv
  move-item patch rd remove-item ren rename rename-item rm rmdir robocopy rsync scp set-acl setfacl shred symlink
  takeown tar truncate umount unlink unzip xcopy zip`.split(/\s+/),
);

/** What makes of `find` a command that changes. */
export const changingFindOption = /^-(?:delete|exec|execdir|ok|okdir|fprint|fprint0|fprintf|fls)$/;

/** Words before the command proper. */
export const commandPrefixes: ReadonlySet<string> = new Set(
  'sudo doas env command builtin exec nohup nice ionice setsid time timeout then do else if while until ! {'.split(
    ' ',
  ),
);

/** Commands that run their arguments, quoted ones too, as commands. */
export const shells: ReadonlySet<string> = new Set(
  'sh bash dash ash zsh ksh csh fish busybox eval source . su ssh env xargs parallel watch flock pwsh powershell cmd'.split(
    ' ',
  ),
);

/** Commands after which relative paths start elsewhere. */
export const folderChanges: ReadonlySet<string> = new Set(
  'cd pushd chdir -C --directory --cwd --chdir --prefix --git-dir --work-tree set-location'.split(
    ' ',
  ),
);
