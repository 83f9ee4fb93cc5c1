import type { ClientProduct } from '#guide/supported-clients.ts'
import { isSupported, supportedClients } from '#guide/supported-clients.ts'
import type { Lab } from '../lab.ts'

/** A registration as Unified CM's record shows it. */
export interface RegisteredClient {
  readonly device: string
  readonly userAgent: string
  /** Phone Configuration, Active Load ID: what the device's alarm named. */
  readonly activeLoad?: string
}

/** A registered client by what it announced, and what the guide says of it. */
export interface ObservedClient {
  readonly device: string
  readonly product: ClientProduct
  readonly release: string
  readonly isSupported: boolean
  /** For example `unsupported client: Jabber for Windows 9.6.3; supported from 9.7`. */
  readonly says: string
}

/** Everybody registered at the lab's Unified CM whose product the guide's list of supported clients has. */
export async function observeClients(lab: Lab): Promise<ObservedClient[]> {
  const nodes = lab.hosts().filter(({ role }) => role === 'cucm')
  const states = await Promise.all(
    nodes.map(({ management }) => management.call<{ registrations: RegisteredClient[] }>('state')),
  )
  return states.flatMap(({ registrations }) => registrations.flatMap((client) => judgeClient(client) ?? []))
}

/** Undefined for products the list does not have, for example desk phones. */
export function judgeClient({ device, userAgent, activeLoad = '' }: RegisteredClient): ObservedClient | undefined {
  for (const [product, announced] of announcements) {
    const release = announced.exec(product === 'TC' ? userAgent : activeLoad)?.[1]
    if (release === undefined) continue
    const isGood = isSupported(product, release)
    const { from } = supportedClients.find((client) => client.product === product)!
    const says = `${isGood ? 'supported' : 'unsupported'} client: ${product} ${release}; supported from ${from}`
    return { device, product, release, isSupported: isGood, says }
  }
  return undefined
}

/** Jabber names itself in the alarm of its first REGISTER, TC in its User-Agent (wire facts §6.1). */
const announcements: readonly (readonly [ClientProduct, RegExp])[] = [
  ['Jabber for Windows', /^Jabber_for_Windows-(\d+(?:\.\d+)*)/],
  ['Jabber for iOS', /^Jabber_for_(?:iPhone|iPad)-(\d+(?:\.\d+)*)/],
  ['Jabber for Android', /^Jabber_for_Android-(\d+(?:\.\d+)*)/],
  ['TC', /^TANDBERG\/\d+ \(TC(\d+(?:\.\d+)*)/],
]
