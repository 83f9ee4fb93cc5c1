import type { Configuration } from '../configuration/configuration.ts'
import { Product } from '../configuration/page.ts'
import { systemIp } from '../configuration/pages/interfaces.ts'
import { optionKeys } from '../configuration/pages/maintenance.ts'
import type { Installation } from './installation.ts'

/** One LAN interface in use. */
export interface LanInterface {
  readonly name: 'LAN 1' | 'LAN 2'
  /** What sockets are bound to. */
  readonly address: string
  /** What stands in messages: its static NAT address where that mode is on (guide: Firewall). */
  readonly named: string
}

/** The interfaces towards the Control and towards the internet: the same one where a VCS uses only one. */
export interface LanInterfaces {
  readonly inner: LanInterface
  readonly outer: LanInterface
}

/** As page System > IP has them; without the option key a VCS has one interface and no static NAT. */
export function lanInterfacesOf(facts: {
  readonly configuration: Configuration
  readonly installation: Pick<Installation, 'lan'>
  /** The host's first address. */
  readonly address: string
}): LanInterfaces {
  const { configuration, installation, address } = facts
  const hasKey = configuration.values(optionKeys).advancedNetworking === 'On'
  if (configuration.product !== Product.expressway || !hasKey) return single({ name: 'LAN 1', address, named: address })
  const page = configuration.values(systemIp)
  const { lan } = installation
  const isDual = page.dualInterfaces === 'Yes' && lan !== undefined
  const first = isDual ? lan.internal : address
  const inner: LanInterface = {
    name: 'LAN 1',
    address: first,
    named: page.lan1StaticNat === 'On' ? page.lan1StaticNatAddress : first,
  }
  if (!isDual) return single(inner)
  const named = page.lan2StaticNat === 'On' ? page.lan2StaticNatAddress : lan.external
  return { inner, outer: { name: 'LAN 2', address: lan.external, named } }
}

const single = (only: LanInterface): LanInterfaces => ({ inner: only, outer: only })
