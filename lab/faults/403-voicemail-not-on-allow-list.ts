import type { Lab } from '../lab.ts'
import type { VcsDocument } from '../vcs/vcs-document.ts'
import { withRows } from '../vcs/vcs-document.ts'
import { signedIn } from './client-state.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Appendix 1, No voicemail service ("403 Forbidden" response). */
export function voicemail403(): FieldIssue {
  return {
    name: '403-voicemail-not-on-allow-list',
    ids: ['TRB-VM-01', 'ALLOW-02'],
    guide: 'Appendix 1, No voicemail service ("403 Forbidden" response)',
    symptom: '403 Forbidden',
    cause: "Unity Connection's host name is not on the HTTP server allow list of the VCS Control",
    adminSees: 'Configuration > Unified Communications > Configuration, HTTP server allow list: the host is absent',
    remedy: "add Unity Connection's host name to the HTTP server allow list",
    tellTale: 'only voicemail is refused; sign-in, directory, IM and calls work, and Unity Connection sees no request',
    lookAlikes: ['403-ntp: every service is refused', '403-domain-not-enabled: get_edge_config itself is refused'],
    apply: (lab) => setAllowList(lab, []),
    mend: (lab) => setAllowList(lab, [lab.plan('cuc1').specification.fqdn]),
    async exercise(lab) {
      const alice = lab.endpoint('alice')
      await signedIn(alice)
      const { status } = await alice.call<{ status: number }>('voicemail')
      if (status === 200) return { outcome: 'works', says: 'the voicemail list arrived (200)' }
      return { outcome: status === 403 ? 'symptom' : 'something else', says: `voicemail answered ${status}` }
    },
    isSymptomMessage: ({ protocol, summary, to }) =>
      protocol === 'HTTP' && to === 'alice' && summary.startsWith('403 '),
  }
}

function setAllowList(lab: Lab, servers: readonly string[]): Promise<void> {
  const rows = servers.map((server) => ({ 'Server hostname': server }))
  return lab.reconfigure<VcsDocument>('vcsc1', (document) => withRows(document, allowList, () => rows))
}

const allowList = 'Configuration > Unified Communications > Configuration > HTTP server allow list'
