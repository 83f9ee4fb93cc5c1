/** Page Zones › Edit zone of a traversal server zone; may change while the zone works. */
export interface TraversalServerZone {
  /** Index in the zone table; it stands as zone-id in the edge Route. */
  readonly id: number
  readonly name: string
  /** SIP Mode: On. */
  readonly isSipOn: boolean
  readonly port: number
  readonly transport: 'TLS' | 'TCP'
  readonly username: string
  /** Undefined: nobody of that name is in the local authentication database. */
  readonly password: string | undefined
  /** TLS verify mode: On. The Controls' certificates count then. */
  readonly tlsVerify: boolean
  /** Looked for among the alternative names and as the common name of each Control's certificate. */
  readonly tlsVerifySubjectName: string
}
