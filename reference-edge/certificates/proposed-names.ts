import { type AlternativeName, isAlternativeName, isSameName } from './alternative-name.ts'

/** What a VCS knows of the names its certificate should have; from its configuration and its discoveries. */
export interface NamingFacts {
  /** `vcse1.example.com`; undefined while host name or domain are not configured. */
  readonly fqdn: string | undefined
  /** FQDN of the cluster, where it is part of one. */
  readonly clusterName?: string
  /** What the VCS is for decides which of the others matter (guide: the two have different requirements). */
  readonly system: ControlNames | ExpresswayNames
}

export interface ControlNames {
  readonly kind: 'VCS Control'
  /** Unified CM phone security profiles configured for encrypted TLS, from the discovery. */
  readonly phoneSecurityProfiles: readonly string[]
  /** From the discovery of IM and Presence servers. */
  readonly chatNodeAliases: readonly string[]
}

export interface ExpresswayNames {
  readonly kind: 'VCS Expressway'
  /** All domains configured for Unified Communications, presence domains and the users' e-mail domain included. */
  readonly domains: readonly string[]
  /** Typed by hand: copied from the Control's Generate CSR page. */
  readonly chatNodeAliases: readonly string[]
}

/** How the Unified CM registrations domains of the Expressway stand in its certificate. */
export const DomainFormat = {
  /** `example.com` */
  DNS: 'DNS',
  /** `_collab-edge._tls.example.com` as SRVName (wire facts §1.3); not every CA signs it. */
  SRVName: 'SRVName',
  /** `collab-edge.example.com`; not in X8.1, later releases have it. */
  CollabEdgeDNS: 'CollabEdgeDNS',
} as const
export type DomainFormat = (typeof DomainFormat)[keyof typeof DomainFormat]

/** Rows of the page Generate CSR that belong together. */
export interface NameGroup {
  /** As on the page. */
  readonly label: string
  readonly names: readonly ProposedName[]
}

export interface ProposedName extends AlternativeName {
  /** Why it cannot stand in a certificate, or would be of no use there. */
  readonly note?: string
}

/** The names a CSR of this VCS should have, by label of the page Generate CSR; those with a note stay out of it. */
export function proposedNames(facts: NamingFacts, format: DomainFormat = DomainFormat.DNS): NameGroup[] {
  const { fqdn, clusterName, system } = facts
  const own = [fqdn, clusterName].filter((name) => name !== undefined && name !== '') as string[]
  const groups: NameGroup[] = [{ label: labels.own, names: own.map(dnsName) }]
  if (system.kind === 'VCS Control') {
    groups.push({ label: labels.profiles, names: system.phoneSecurityProfiles.map(profileName) })
  } else {
    groups.push({ label: labels.domains, names: system.domains.map((domain) => domainName(domain, format)) })
  }
  groups.push({ label: labels.aliases, names: system.chatNodeAliases.map(dnsName) })
  return groups.map(({ label, names }) => ({ label, names: withoutRepetition(names) }))
}

/** What a CSR gets of the proposals. */
export function usableNames(groups: readonly NameGroup[]): AlternativeName[] {
  const names = groups.flatMap((group) => group.names).filter(({ note }) => note === undefined)
  return withoutRepetition(names).map(({ kind, value }) => ({ kind, value }))
}

/** Chat node aliases or additional names as the administrator types them: by commas, semicolons, spaces or lines. */
export function namesOfText(text: string): string[] {
  return text.split(/[\s,;]+/).filter((name) => name !== '')
}

/** Additional alternative names: an IPv4 address becomes an IP entry, everything else a DNS name. */
export function additionalNames(text: string): AlternativeName[] {
  return namesOfText(text).map((value) => {
    const address: AlternativeName = { kind: 'IP', value }
    return isAlternativeName(address) ? address : { kind: 'DNS', value }
  })
}

function dnsName(value: string): ProposedName {
  const name: AlternativeName = { kind: 'DNS', value }
  return isAlternativeName(name) ? name : { ...name, note: 'Not a DNS name, cannot stand in a certificate' }
}

/** Guide p. 18 and p. 33: the names must be in FQDN format, in Unified CM and in the certificate. */
function profileName(value: string): ProposedName {
  const name = dnsName(value)
  if (name.note !== undefined || value.includes('.')) return name
  return { ...name, note: 'Not in FQDN format: rename the phone security profile in Unified CM' }
}

function domainName(domain: string, format: DomainFormat): ProposedName {
  if (format === 'CollabEdgeDNS') return dnsName(`collab-edge.${domain}`)
  if (format === 'DNS') return dnsName(domain)
  const { note } = dnsName(domain)
  return { kind: 'SRVName', value: `_collab-edge._tls.${domain}`, ...(note === undefined ? {} : { note }) }
}

function withoutRepetition<Name extends AlternativeName>(names: readonly Name[]): Name[] {
  return names.filter((name, index) => names.findIndex((other) => isSameName(other, name)) === index)
}

const labels = {
  own: 'FQDN of VCS',
  profiles: 'Unified CM phone security profile names',
  domains: 'Unified CM registrations domains',
  aliases: 'IM and Presence chat node aliases (federated group chat)',
} as const
