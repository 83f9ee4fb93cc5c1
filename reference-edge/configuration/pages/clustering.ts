import type { TextCheck } from '../field.ts'
import { integer, isIpv4, secret, text } from '../field.ts'
import { listProblems } from '../peer-list.ts'
import { formPage } from '../page.ts'

/** Letters, digits and hyphens in each level, two levels at least, the last one beginning with a letter. */
const isFqdn: TextCheck = (given) => {
  const levels = given.split('.')
  const isName = levels.every((level) => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(level))
  return given.length <= 253 && levels.length > 1 && isName && /^[A-Za-z]/.test(levels.at(-1)!)
    ? undefined
    : { says: `"${given}" is no fully qualified domain name`, action: 'Enter a name such as cluster1.example.com' }
}

const peer = (number: number) =>
  text(`Peer ${number} IP address`, {
    section: 'Peers',
    check: isIpv4,
    ...(number === 1 ? { help: 'Every peer is listed, this VCS among them, and on each peer at the same number' } : {}),
  })

/**
 * Cluster Creation and Maintenance guide (X8.1), Setting up a new cluster. There a change waits for a restart; here it
 * counts at once (ours).
 */
export const clustering = formPage({
  path: 'System > Clustering',
  resource: 'common/cluster',
  isPerPeer: true,
  intro:
    'The same on every peer. Configuration is made on the master and replaces that of the others; pages that are not replicated say so there.',
  fields: {
    clusterName: text('Cluster name', {
      section: 'Configuration',
      check: isFqdn,
      help: 'A FQDN; servers that look for the cluster look for it in the certificate of each peer',
    }),
    master: integer('Configuration master', {
      section: 'Configuration',
      initial: 1,
      minimum: 1,
      maximum: 6,
      help: 'The number of the peer whose configuration the others take in place of their own',
    }),
    preSharedKey: secret('Cluster pre-shared key', {
      section: 'Configuration',
      help: 'What peers know each other by, and what their connections are encrypted with',
    }),
    peer1: peer(1),
    peer2: peer(2),
    peer3: peer(3),
    peer4: peer(4),
    peer5: peer(5),
    peer6: peer(6),
  },
  views: {
    peers: {
      title: 'Cluster status',
      columns: {
        number: 'Peer',
        address: 'IP address',
        name: 'Name',
        role: 'Role',
        state: 'State',
        reason: 'Reason',
        action: 'Action',
      },
      empty: 'This VCS is not part of a cluster',
    },
    replication: {
      title: 'Replication',
      columns: { state: 'State', last: 'Last', reason: 'Reason' },
      empty: 'This VCS is not part of a cluster',
    },
  },
  check: listProblems,
})
