import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { MemorySaver } from '@langchain/langgraph';

const binary = '\u0000bytes:';

/** LangGraph's own memory checkpointer, kept in one file: what another process needs to go on. */
export class FileSaver extends MemorySaver {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
    if (!existsSync(path)) return;
    const { storage, writes } = JSON.parse(readFileSync(path, 'utf8'), revive) as Pick<
      MemorySaver,
      'storage' | 'writes'
    >;
    this.storage = storage;
    this.writes = writes;
  }

  override async put(...given: Parameters<MemorySaver['put']>) {
    const config = await super.put(...given);
    this.#save();
    return config;
  }

  override async putWrites(...given: Parameters<MemorySaver['putWrites']>): Promise<void> {
    await super.putWrites(...given);
    this.#save();
  }

  #save(): void {
    const { storage, writes } = this;
    writeFileSync(this.#path, JSON.stringify({ storage, writes }, replace));
  }
}

function replace(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? binary + Buffer.from(value).toString('base64') : value;
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(binary)) return value;
  return new Uint8Array(Buffer.from(value.slice(binary.length), 'base64'));
}
