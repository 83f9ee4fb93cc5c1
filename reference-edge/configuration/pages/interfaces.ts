import { choice, isIpv4, onOff, text } from '../field.ts'
import type { Condition } from '../field.ts'
import { formPage, Product } from '../page.ts'

const dual: Condition = { field: 'dualInterfaces', is: ['Yes'] }

const staticNatMode = (lan: string, when: readonly Condition[] = []) =>
  onOff(`${lan} IPv4 static NAT mode`, 'Off', {
    section: lan,
    needsKey: true,
    when,
    help: 'On where a firewall translates a public address to the one of this interface',
  })

const staticNatAddress = (lan: string, mode: string, when: readonly Condition[] = []) =>
  text(`${lan} IPv4 static NAT address`, {
    section: lan,
    isMandatory: true,
    check: isIpv4,
    help: 'The public address. It stands in signaling and media instead of the address of the interface',
    when: [...when, { field: mode, is: ['On'] }],
  })

/**
 * Guide: Firewall, static NAT; Limitations, dual network interfaces. The addresses of the interfaces are given by the place
 * a VCS stands at. LAN 1 is towards the Control; where both are in use, LAN 2 is towards the internet.
 */
export const systemIp = formPage({
  path: 'System > IP',
  resource: 'common/ip',
  on: [Product.expressway],
  effect: 'restart',
  isPerPeer: true,
  intro: 'Dual network interfaces and static NAT need the option key Advanced Networking.',
  fields: {
    dualInterfaces: choice('Use dual network interfaces', ['No', 'Yes'], {
      section: 'Configuration',
      needsKey: true,
      help: 'LAN 1 towards the VCS Control, LAN 2 towards the internet',
    }),
    lan1StaticNat: staticNatMode('LAN 1'),
    lan1StaticNatAddress: staticNatAddress('LAN 1', 'lan1StaticNat'),
    lan2StaticNat: staticNatMode('LAN 2', [dual]),
    lan2StaticNatAddress: staticNatAddress('LAN 2', 'lan2StaticNat', [dual]),
  },
  views: {
    interfaces: {
      title: 'LAN interfaces in use',
      columns: { name: 'Interface', address: 'IPv4 address', named: 'Address in messages' },
      empty: 'None',
    },
  },
})
