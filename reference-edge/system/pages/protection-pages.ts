import type { ActionAnswer, Actions, Views } from '../../administration/administered-system.ts'
import { automatedDetection, blockedAddresses, firewallRules } from '../../configuration/pages/protection.ts'
import type { Protection } from '../../protection/protection.ts'

/** System > Protection. */
export function protectionPages(protection: Protection): { views: Views; actions: Actions } {
  const { firewall } = protection
  return {
    views: {
      [automatedDetection.resource]: {
        counters: () =>
          protection.status().categories.map(({ title, status, currentlyBlocked, totalFailures, totalBlocks }) => ({
            category: title,
            state: status,
            currentlyBlocked,
            totalFailures,
            totalBlocks,
          })),
      },
      [blockedAddresses.resource]: {
        blocked: () =>
          protection.status().blocked.map(({ address, title, ports, since, until }) => ({
            address,
            category: title,
            ports: ports.join(', '),
            since,
            until,
          })),
      },
      [firewallRules.resource]: {
        active: () => {
          const { state, active } = protection.status().firewall
          return active.map(({ priority, action, service, address, prefixLength, interface: lan }) => ({
            priority,
            rule: `${action} ${service} from ${address}/${prefixLength} on ${lan}`,
            state,
          }))
        },
      },
    },
    actions: {
      [blockedAddresses.resource]: {
        unblock: async (values) => {
          const address = values['address'] as string
          return protection.unblock(address)
            ? { ok: true, says: `${address} is no longer blocked` }
            : refused(blockedAddresses.path, `${address} is not blocked`, 'Choose an address of the list')
        },
      },
      [firewallRules.resource]: {
        activate: async () => {
          const outcome = firewall.activate()
          if (outcome.kind === 'invalid') {
            return refused(firewallRules.path, outcome.problems.join('; '), 'Mend these rules, then activate again')
          }
          return { ok: true, says: `The rules are in force; accept the changes before ${outcome.until}` }
        },
        confirm: async () =>
          firewall.confirm()
            ? { ok: true, says: 'The rules are in force' }
            : refused(firewallRules.path, 'No activation waits for its confirmation', 'Activate the rules first'),
        rollBack: async () =>
          firewall.rollBack()
            ? { ok: true, says: 'The rules of before are back' }
            : refused(firewallRules.path, 'No activation waits for its confirmation', 'Activate the rules first'),
      },
    },
  }
}

function refused(page: string, says: string, action: string): ActionAnswer {
  return { ok: false, problems: [{ page, field: '', says, action }] }
}
