/** What shows a claim: a message of the timeline, or a record a host gave. */
export interface EvidenceRecord {
  /** Number of the message in `messages.jsonl`. */
  readonly message?: number
  /** Frame in `wire.pcapng` that carries its last byte. */
  readonly frame?: number
  readonly host: string
  readonly shows: string
}
