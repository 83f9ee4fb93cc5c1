import { waitFor } from '#runtime/wait.ts'
import type { Lab } from '../lab.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Appendix 1, "403 Forbidden" responses for any service requests. */
export function ntp403(): FieldIssue {
  return {
    name: '403-ntp',
    ids: ['TRB-403-01', 'SYS-C-04', 'SYS-E-04'],
    guide: 'Appendix 1, "403 Forbidden" responses for any service requests',
    symptom: '403 Forbidden',
    cause: 'VCS Control and VCS Expressway are not synchronized to a reliable NTP server: their clocks differ',
    adminSees: 'Status > Alarms on both VCSs: "Time not synchronized over traversal zone"; System > Time: Unreachable',
    remedy: 'synchronize both VCSs to a reliable NTP server',
    tellTale: 'every service is refused to everybody at once, and both VCSs show the alarm about time',
    lookAlikes: ['403-voicemail-not-on-allow-list: one service only is refused', '403-domain-not-enabled: no alarm'],
    async apply(lab) {
      await setNtpServers(lab, true)
      await lab.host(expressway).management.call('setClockOffset', { milliseconds: 75_000 })
    },
    async mend(lab) {
      await setNtpServers(lab, false)
      // Until the VCSs ask again.
      await lab.advance(70_000)
      await synchronized(lab)
    },
    async exercise(lab) {
      const alice = lab.endpoint('alice')
      await alice.call('signOut')
      const { error } = await alice.signIn()
      if (error === undefined) return { outcome: 'works', says: 'Alice is signed in' }
      const says = `refused: ${error.status ?? ''} ${error.says} (${error.token})`
      return { outcome: error.status === 403 ? 'symptom' : 'something else', says }
    },
    isSymptomMessage: ({ protocol, summary, to }) =>
      protocol === 'HTTP' && to === 'alice' && summary.startsWith('403 '),
  }
}

const expressway = 'vcse1'

async function setNtpServers(lab: Lab, isSilent: boolean): Promise<void> {
  for (const { role, management } of lab.hosts()) if (role === 'ntp') await management.call('set', { isSilent })
}

/** The Expressway has set its clock by its NTP server. Where it never does, the exercise tells. */
async function synchronized(lab: Lab): Promise<void> {
  const clockOf = async (name: string) => (await lab.host(name).management.call<{ now: string }>('clock')).now
  const differenceMs = async () => Math.abs(Date.parse(await clockOf(expressway)) - Date.parse(await clockOf('pubntp')))
  await waitFor('the Expressway to set its clock', async () => (await differenceMs()) < 1_000, { limitMs: 10_000 })
}
