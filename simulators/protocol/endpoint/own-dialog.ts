/** A dialog as its endpoint names it. */
export interface OwnDialog {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
}
