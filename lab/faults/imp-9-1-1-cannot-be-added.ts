import type { Lab } from '../lab.ts'
import { ApiRefusal } from '../vcs/administrator.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Appendix 1, Unable to configure IM and Presence servers for remote access; the product's bug CSCul05131. */
export function imAndPresence911(): FieldIssue {
  return {
    name: 'imp-9-1-1-cannot-be-added',
    ids: ['TRB-IMP-01', 'TRB-IMP-02'],
    guide: `Appendix 1, 'Failed: <address> is not a IM and Presence Server'`,
    symptom: "'Failed: <address> is not a IM and Presence Server'",
    cause: 'CA certificates are missing on the IM and Presence servers of release 9.1.1 (CSCul05131)',
    adminSees: 'Configuration > Unified Communications > IM and Presence servers: the publisher is Inactive',
    remedy: 'install the CA certificates on IM and Presence as bug CSCul05131 says, then refresh the servers',
    tellTale: 'AXL answers with 200 until Control asks for the certificates, then with a fault of the server',
    lookAlikes: [
      'a wrong AXL password: "HTTPError:401"',
      'the address of another product: its list of nodes has no IM and Presence server',
    ],
    apply: (lab) => setMissing(lab, true),
    mend: (lab) => setMissing(lab, false),
    async exercise(lab) {
      const refusal = await refreshServers(lab)
      if (refusal === undefined) return { outcome: 'works', says: 'the IM and Presence server is Active' }
      const isSymptom = /^Failed: \S+ is not a IM and Presence Server/.test(refusal)
      return { outcome: isSymptom ? 'symptom' : 'something else', says: refusal }
    },
    isSymptomMessage: ({ protocol, from, to, summary }) =>
      protocol === 'HTTP' && from === 'imp1' && to === 'vcsc1' && summary.startsWith('500 '),
  }
}

async function setMissing(lab: Lab, caCertificatesMissing: boolean): Promise<void> {
  await lab.host('imp1').management.call('set', { caCertificatesMissing })
}

/** Refresh servers on the page of the IM and Presence servers; what the page says is wrong, where something is. */
async function refreshServers(lab: Lab): Promise<string | undefined> {
  await using administrator = lab.administrator('vcsc1')
  const { url } = await administrator.page('Configuration > Unified Communications > IM and Presence servers')
  try {
    await administrator.call({ method: 'POST', path: `${url}/actions/refresh`, body: {} })
    return undefined
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error
    return error.problems.map(({ says }) => says).join('; ')
  }
}
