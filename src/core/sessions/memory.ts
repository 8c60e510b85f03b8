/** Something that entered a session: what the user wrote, or what a tool gave back. */
export interface Memory {
  readonly origin: 'user' | 'trusted' | 'untrusted';
  readonly text: string;
  /** Of a result: the tool and the call it came from. */
  readonly tool?: string;
  readonly callId?: string;
  /** Of a result: what a trusted tool says of a change that it made. */
  readonly isReceipt?: boolean;
  /** An argument that a person approved: it counts whole, and no word of it alone. */
  readonly isApproved?: boolean;
}
