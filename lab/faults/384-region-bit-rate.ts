import { waitFor } from '#runtime/wait.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Lab } from '../lab.ts'
import type { VideoReport } from '../operator/video.ts'
import { videoOf } from '../operator/video.ts'
import { callUntilSettled, signedIn } from './client-state.ts'
import type { FieldIssue } from './field-issue.ts'

/** Guide: Appendix 1, Call bit rate is restricted to 384 kbps / video issues when using BFCP. */
export function regionBitRate384(): FieldIssue {
  return {
    name: '384-region-bit-rate',
    ids: ['TRB-384-01', 'TRB-384-02', 'TRB-384-03', 'CUCM-04'],
    guide: 'Appendix 1, Call bit rate is restricted to 384 kbps / video issues when using BFCP (presentation sharing)',
    symptom: 'Video calls run at 384 kbps at most; shared content and the camera are poor together',
    cause: 'Maximum Session Bit Rate for Video Calls of the region is 384 kbps',
    adminSees: `${page}: Maximum Session Bit Rate for Video Calls 384`,
    remedy: 'raise Maximum Session Bit Rate for Video Calls within and between the regions, for example to 6000 kbps',
    tellTale: 'every video call is limited, also between two devices inside; the b=AS line says 384 on all legs',
    lookAlikes: [
      'a VCS with Interworking default bit rate 384: calls that are not MRA only',
      'a slow access line: loss',
    ],
    apply: (lab) => setBitRate(lab, 384),
    mend: (lab) => setBitRate(lab, 6_000),
    async exercise(lab) {
      const [alice, bob] = [lab.endpoint('alice'), lab.endpoint('bob')]
      for (const endpoint of [alice, bob]) await endpoint.call('setCamera', camera)
      await Promise.all([signedIn(alice), signedIn(bob)])
      const call = await callUntilSettled(alice, bob.user.line)
      if (call.state !== 'connected') return { outcome: 'something else', says: `the call ended with ${call.status}` }
      const alone = await watched(bob, 'the camera', ({ main }) => main.kbps !== undefined && main.frames >= 25)
      await alice.call('share')
      const both = await watched(bob, 'the content', ({ slides }) => (slides?.frames ?? 0) >= 3)
      await alice.call('hangUp', { callId: call.id })
      const kbps = audioKbps + alone.main.kbps!
      const says = `${kbps} kbps, camera in ${alone.main.picture}, content in ${both.slides!.picture}`
      return { outcome: kbps > 384 * 1.05 ? 'works' : 'symptom', says }
    },
    isSymptomMessage: ({ protocol, summary, to, bytes }) =>
      protocol === 'SIP' &&
      to === 'alice' &&
      summary === '200 OK (INVITE)' &&
      /^b=AS:384\r?$/m.test(bytes.toString('latin1')),
  }
}

const page = 'System > Region Information > Region'
const camera = { videoCallKbps: 6_000, encoderKbps: 1_500, hasContent: true }
/** G.711 with its headers. */
const audioKbps = 80

async function setBitRate(lab: Lab, value: number): Promise<void> {
  const field = 'Maximum Session Bit Rate for Video Calls'
  await lab.host('cucm1').management.call('set', { page, row: 'Default', field, value })
}

function watched(endpoint: Endpoint, what: string, isThere: (video: VideoReport) => boolean): Promise<VideoReport> {
  let last: VideoReport | undefined
  return waitFor(
    `${endpoint.user.id} to see ${what}`,
    async () => {
      last = await videoOf(endpoint)
      return isThere(last) && last
    },
    { limitMs: 6_000, everyMs: 30, lastSeen: () => last },
  )
}
