/** A zone of type DNS as its page has it: other companies are found by the records of their domains. */
export interface DnsZone {
  readonly name: string
  /** SIP Mode: On. */
  readonly isSipOn: boolean
  /** TLS verify mode: On. Who is called has to show a certificate for the domain, or for the host that DNS names. */
  readonly tlsVerify: boolean
}
