/** Something that entered a session: what the user wrote, or what a tool gave back. */
export interface Memory {
  readonly origin: 'user' | 'trusted' | 'untrusted';
  readonly text: string;
  /** Of a result: the tool and the call it came from. */
  readonly tool?: string;
  readonly callId?: string;
  /** An argument that a person approved: it counts whole, and no word of it alone. */
  readonly isApproved?: boolean;
}
