import type { Lab } from '../lab.ts'
import { clusterOf } from '../plan/vcs-clusters.ts'
import { waitFor } from '#runtime/wait.ts'
import { attemptsText, edgeAttempts } from './edge-attempts.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Setting up secure VCS traversal zones, TLS verify subject name of a cluster of traversal clients. */
export function clusterNameNotInCertificate(): FieldIssue {
  return {
    name: 'cluster-name-not-in-certificate',
    topology: 'clustered',
    ids: ['TRAV-17', 'CLU-01'],
    guide: 'Setting up secure VCS traversal zones, TLS verify subject name',
    symptom: 'one VCS Control of the cluster carries nothing, and takes over from nobody',
    cause: 'its server certificate does not hold the cluster name as alternative name',
    adminSees: 'Status > Zones of that VCS Control: TraversalZone Failed; the zone is Active on the other peers',
    remedy: 'a certificate that holds the cluster name beside the own one, for each peer',
    tellTale: 'everything works, always by the same VCS Control, until that one fails',
    lookAlikes: [
      'a wrong TLS verify subject name: no VCS Control is connected',
      'a password of the zone: 401, no peer',
    ],
    apply: (lab) => certify(lab, false),
    async mend(lab) {
      await certify(lab, true)
      await lab.ready()
    },
    async exercise(lab) {
      const attempts = await edgeAttempts(lab, 4)
      const says = attemptsText(attempts)
      if (attempts.some(({ status }) => status !== 'answered')) return { outcome: 'something else', says }
      const isUsed = attempts.some(({ controls }) => controls.includes(peer))
      return { outcome: isUsed ? 'works' : 'symptom', says }
    },
    isSymptomMessage: ({ from, to, summary, isLost }) =>
      from === peer && to.startsWith('vcse') && summary.startsWith('OPTIONS ') && isLost,
  }
}

const peer = 'vcsc2'

/** Another certificate, in use from the next restart on. */
async function certify(lab: Lab, holdsClusterName: boolean): Promise<void> {
  const { fqdn } = lab.plan(peer).specification
  const cluster = clusterOf(lab.topology, peer)!.name
  const names = [fqdn, ...(holdsClusterName ? [cluster] : []), `jabber.secure.${lab.topology.domain}`]
  await using administrator = lab.administrator(peer)
  await administrator.loadCertificates({ identity: lab.authority.issue({ commonName: fqdn, names }), trust: [] })
  await lab.restartSystem(peer)
  await lab.inStep(peer)
  if (!holdsClusterName) await refused(lab)
}

async function refused(lab: Lab): Promise<void> {
  interface Zone {
    readonly type: string
    readonly state: string
  }
  const zonesOf = async () => (await lab.host(peer).management.call<{ zones: Zone[] }>('state')).zones
  const isFailed = async () =>
    (await zonesOf()).some(({ type, state }) => /^Traversal/.test(type) && state === 'Failed')
  await waitFor('the traversal zone of the peer to fail', isFailed, { limitMs: 10_000 })
}
