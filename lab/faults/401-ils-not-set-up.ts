import type { Lab } from '../lab.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Appendix 1, VCS returns "401 unauthorized"; the first cluster does not know the users of the other. */
export function ilsNotSetUp401(): FieldIssue {
  const waiting = [...ofSecondCluster]
  return {
    name: '401-ils-not-set-up',
    topology: 'two-clusters',
    ids: ['TRB-401-03', 'TRB-401-04', 'CUCM-01'],
    guide: 'Appendix 1, VCS returns "401 unauthorized" failure messages',
    symptom: '401 unauthorized, not at every attempt',
    cause: 'ILS (Intercluster Lookup Service) is not set up on all Unified CM clusters',
    adminSees: 'Cisco Unified CM Administration of the first cluster, Advanced Features > ILS Configuration: off',
    remedy: 'set ILS up on every Unified CM cluster',
    tellTale:
      'the same user is refused or signed in, depending on the node that the VCS Control asked (UDS clusterUser)',
    lookAlikes: ['401-wrong-password: every attempt fails', 'an unknown user name: every attempt fails'],
    apply: (lab) => setIls(lab, false),
    mend: (lab) => setIls(lab, true),
    async exercise(lab) {
      const attempts: { readonly user: string; readonly status: number | 'signed in' | 'failed' }[] = []
      for (const user of waiting.splice(0, 2)) {
        const { error } = await lab.endpoint(user).signIn({ stages: ['service-discovery', 'edge-config'] })
        attempts.push({ user, status: error === undefined ? 'signed in' : (error.status ?? 'failed') })
      }
      const says = attempts.map(({ user, status }) => `${user}: ${status}`).join(', ')
      const refused = attempts.filter(({ status }) => status !== 'signed in')
      if (refused.length === 0) return { outcome: 'works', says }
      const isIntermittent = refused.length < attempts.length && refused.every(({ status }) => status === 401)
      return { outcome: isIntermittent ? 'symptom' : 'something else', says }
    },
    isSymptomMessage: ({ protocol, summary, to }) =>
      protocol === 'HTTP' && ofSecondCluster.includes(to) && summary.startsWith('401 '),
  }
}

/**
 * At home in the second cluster. Two of them sign in each time, so that the VCS Control asks both clusters in turn:
 * others than before, whose credentials it does not hold yet.
 */
const ofSecondCluster: readonly string[] = ['dave', 'erin', 'frank', 'grace', 'heidi', 'ivan']

async function setIls(lab: Lab, value: boolean): Promise<void> {
  const page = 'Advanced Features > ILS Configuration'
  await lab.host('cucm1').management.call('set', { page, field: 'Intercluster Lookup Service', value })
}
