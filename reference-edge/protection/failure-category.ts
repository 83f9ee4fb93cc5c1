/**
 * The categories of System > Protection > Automated detection > Configuration, by the names of their jails
 * (wire facts §10.6; those of the resource access, SIP registration and administrator categories are ours), with the
 * ports that a block closes.
 */
export const failureCategories = {
  'http-ce-auth': { title: 'HTTP proxy authorization failure', ports: [8443] },
  'http-ce-intrusion': { title: 'HTTP proxy protocol violation', ports: [8443] },
  'http-ce-resource': { title: 'HTTP proxy resource access failure', ports: [8443] },
  'sip-auth': { title: 'SIP authentication failure', ports: [5060, 5061] },
  'sip-registration': { title: 'SIP registration failure', ports: [5060, 5061] },
  'sshpfwd-auth': { title: 'SSH authorization failure', ports: [2222] },
  'sshpfwd-intrusion': { title: 'SSH protocol violation', ports: [2222] },
  'web-login': { title: 'Web administrator login failure', ports: [443] },
  'xmpp-intrusion': { title: 'XMPP protocol violation', ports: [5222] },
} as const satisfies Record<string, { title: string; ports: readonly number[] }>

export type FailureCategory = keyof typeof failureCategories

export const failureCategoryNames = Object.keys(failureCategories) as readonly FailureCategory[]

/** Something a client did that a category counts. */
export interface FailureReport {
  readonly category: FailureCategory
  /** IPv4 address. */
  readonly source: string
}

export type ReportFailure = (failure: FailureReport) => void
