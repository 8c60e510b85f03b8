/** `ringfence.yaml` as `ringfence init` writes it: every key with its default. */
export const starterConfig = `# How tool calls are supervised here. Paths start at this file.
hypervisor:
  supervisor: rule_based
  rules_file: ./rules # a folder of rule files, or one file
  audit_log: ./.ringfence # the data folder: log, vault, records, socket
  approval_settings:
    default_timeout: 3600 # seconds after which an approval that nobody answered expires
    max_pending_actions: 100 # more calls that would wait are denied
    require_confirmation: false # true: a person approves every call
  activate: immediately # or tightening: an edit that loosens waits for \`ringfence rules accept\`
`;

/** `tools.json` as `ringfence init` writes it: what rules, `check`, `explain` and `replay` know of tools. */
export const starterTools = `{
  "read_file": {
    "description": "Reads a file of the workspace.",
    "effect": "read",
    "undo": "full",
    "output": "untrusted",
    "paths": ["path"]
  },
  "send_mail": {
    "description": "Sends a mail.",
    "effect": "write",
    "undo": "none",
    "external": true,
    "destinations": ["to"]
  }
}
`;
