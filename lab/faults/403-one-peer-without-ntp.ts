import { waitFor } from '#runtime/wait.ts'
import type { Lab } from '../lab.ts'
import type { PageValues, VcsDocument, VcsPlan } from '../vcs/vcs-document.ts'
import { withRows } from '../vcs/vcs-document.ts'
import { attemptsText, edgeAttempts } from './edge-attempts.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Configuring DNS and NTP settings; in a cluster they are made on every peer. */
export function onePeerWithoutNtp403(): FieldIssue {
  let servers: readonly PageValues[] = []
  return {
    name: '403-one-peer-without-ntp',
    topology: 'clustered',
    ids: ['SYS-C-05', 'TRB-403-01'],
    guide: 'Setting up the VCS Control, Configuring DNS and NTP settings',
    symptom: '403 Forbidden, not at every attempt',
    cause:
      'one VCS Control of the cluster has no NTP server, and its clock has drifted: System > Time is not replicated',
    adminSees: 'System > Time of that peer: No NTP server is configured; Status > Alarms: "Time not synchronized"',
    remedy: 'enter the NTP servers on every peer of the cluster',
    tellTale: 'requests are refused or answered in turn, depending on the VCS Control that they were taken to',
    lookAlikes: ['403-ntp: every request is refused', '401-ils-not-set-up: 401, by the Unified CM that was asked'],
    async apply(lab) {
      servers = timeRows((lab.plan(peer).configuration as VcsPlan).document)
      await lab.reconfigure<VcsDocument>(peer, (document) => withRows(document, timePage, () => []))
      await lab.host(peer).management.call('setClockOffset', { milliseconds: 75_000 })
    },
    async mend(lab) {
      await lab.reconfigure<VcsDocument>(peer, (document) => withRows(document, timePage, () => servers))
      await synchronized(lab)
    },
    async exercise(lab) {
      const attempts = await edgeAttempts(lab, 6)
      const says = attemptsText(attempts)
      const refused = attempts.filter(({ status }) => status !== 'answered')
      if (refused.length === 0) return { outcome: 'works', says }
      const isByPeer = attempts.every(({ controls, status }) => (status === 403) === (controls.at(-1) === peer))
      return { outcome: isByPeer && refused.length < attempts.length ? 'symptom' : 'something else', says }
    },
    isSymptomMessage: ({ protocol, summary, to }) =>
      protocol === 'HTTP' && to === 'alice' && summary.startsWith('403 '),
  }
}

const peer = 'vcsc2'
const timePage = 'System > Time'

function timeRows(document: VcsDocument): readonly PageValues[] {
  return (document[timePage] ?? []) as readonly PageValues[]
}

/** The peer has set its clock by its NTP server. Where it never does, the exercise tells. */
async function synchronized(lab: Lab): Promise<void> {
  const clockOf = async (name: string) => (await lab.host(name).management.call<{ now: string }>('clock')).now
  const differenceMs = async () => Math.abs(Date.parse(await clockOf(peer)) - Date.parse(await clockOf('ntp1')))
  await waitFor('the VCS Control to set its clock', async () => (await differenceMs()) < 1_000, { limitMs: 10_000 })
}
