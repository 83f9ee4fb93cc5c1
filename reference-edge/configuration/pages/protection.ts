import { firewallServices } from '../../protection/firewall-rule.ts'
import type { FirewallService } from '../../protection/firewall-rule.ts'
import { failureCategories } from '../../protection/failure-category.ts'
import { choice, integer, isIpv4, onOff, text } from '../field.ts'
import { tablePage, toolPage } from '../page.ts'

const titles = Object.values(failureCategories).map(({ title }) => title)

/** Guide: VCS automated intrusion protection. Trigger, window and block time are ours (notes §5 gap 1). */
export const automatedDetection = tablePage({
  path: 'System > Protection > Automated detection > Configuration',
  resource: 'common/protection/category',
  intro:
    'Addresses that fail too often are blocked for a while. The automated protection service has to be on (System > System administration).',
  key: 'category',
  rowName: 'category',
  isOpen: false,
  initialRows: titles.map((category) => ({ category })),
  fields: {
    category: text('Category'),
    status: onOff('Status', 'Off'),
    triggerLevel: integer('Trigger level', {
      initial: 5,
      minimum: 1,
      maximum: 1_000,
      unit: 'failures',
    }),
    detectionWindow: integer('Detection window', { initial: 600, minimum: 1, maximum: 86_400, unit: 'seconds' }),
    blockDuration: integer('Block duration', { initial: 600, minimum: 1, maximum: 86_400, unit: 'seconds' }),
  },
  views: {
    counters: {
      title: 'Status',
      columns: {
        category: 'Category',
        state: 'State',
        currentlyBlocked: 'Currently blocked',
        totalFailures: 'Total failures',
        totalBlocks: 'Total blocks',
      },
      empty: 'No category',
    },
  },
})

export const blockedAddresses = toolPage({
  path: 'System > Protection > Automated detection > Blocked addresses',
  resource: 'common/protection/blocked',
  views: {
    blocked: {
      title: 'Blocked addresses',
      columns: { address: 'Address', category: 'Category', ports: 'Ports', since: 'Blocked since', until: 'Until' },
      empty: 'No address is blocked',
    },
  },
  actions: {
    unblock: {
      label: 'Unblock',
      onRowOf: 'blocked',
      fields: { address: text('Address', { isMandatory: true, check: isIpv4 }) },
    },
  },
})

const services = Object.keys(firewallServices) as readonly FirewallService[]
const anyCategory = ['All categories', ...titles] as const

export const exemptions = tablePage({
  path: 'System > Protection > Automated detection > Exemptions',
  resource: 'common/protection/exemption',
  intro: 'Addresses that are never blocked.',
  key: 'address',
  rowName: 'exemption',
  fields: {
    address: text('Address', { isMandatory: true, check: isIpv4 }),
    prefixLength: integer('Prefix length', { initial: 32, minimum: 0, maximum: 32 }),
    category: choice('Category', anyCategory),
    description: text('Description'),
  },
})

export const firewallRules = tablePage({
  path: 'System > Protection > Firewall rules > Configuration',
  resource: 'common/protection/firewallrule',
  intro:
    'User rules, lowest priority number first, behind automated blocks and the application rules; what no rule names is allowed. Changes count when they are activated.',
  key: 'priority',
  rowName: 'firewall rule',
  create: 'Create firewall rule',
  fields: {
    priority: integer('Priority', { initial: 10, minimum: 1, maximum: 65_534 }),
    interface: choice('Interface', ['All', 'LAN1', 'LAN2'], { help: 'LAN2 is the external one where there are two' }),
    address: text('IP address', { initial: '0.0.0.0', isMandatory: true, check: isIpv4 }),
    prefixLength: integer('Prefix length', { initial: 0, minimum: 0, maximum: 32 }),
    service: choice('Service', ['Custom', ...services]),
    transport: choice('Transport', ['TCP', 'UDP'], { when: { field: 'service', is: ['Custom'] } }),
    startPort: integer('Start port', {
      initial: 1,
      minimum: 1,
      maximum: 65_535,
      when: { field: 'service', is: ['Custom'] },
    }),
    endPort: integer('End port', {
      initial: 65_535,
      minimum: 1,
      maximum: 65_535,
      when: { field: 'service', is: ['Custom'] },
    }),
    action: choice('Action', ['Allow', 'Drop', 'Reject']),
    description: text('Description'),
  },
  views: {
    active: {
      title: 'Rules in force',
      columns: { priority: 'Priority', rule: 'Rule', state: 'State' },
      empty: 'No user rule is in force: everything is allowed',
    },
  },
  actions: {
    activate: {
      label: 'Activate firewall rules',
      says: 'The rules count at once and are rolled back unless they are confirmed within 15 seconds.',
    },
    confirm: { label: 'Accept changes' },
    rollBack: { label: 'Roll back' },
  },
})
