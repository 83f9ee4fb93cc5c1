import type { PageValues, VcsDocument } from '../vcs/vcs-document.ts'
import { withValues } from '../vcs/vcs-document.ts'

/** What an administrator enters for an Expressway with two LAN interfaces. */
export function withDualInterfaces(document: VcsDocument): VcsDocument {
  return withInterfaces(document, { 'Use dual network interfaces': 'Yes' })
}

/** What an administrator enters for an Expressway with one LAN interface behind a translated address. */
export function withStaticNat(document: VcsDocument, address: string): VcsDocument {
  return withInterfaces(document, { 'LAN 1 IPv4 static NAT mode': 'On', 'LAN 1 IPv4 static NAT address': address })
}

/** The option key comes first: without it the page is refused. */
function withInterfaces(document: VcsDocument, values: PageValues): VcsDocument {
  const { 'System > IP': _, ...others } = document
  const withKey = withValues(others, 'Maintenance > Option keys', { 'Advanced Networking': 'On' })
  return withValues(withKey, 'System > IP', { ...(document['System > IP'] as PageValues | undefined), ...values })
}
