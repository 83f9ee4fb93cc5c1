import { LimitAlarms } from '../alarms/limit-alarms.ts'
import { CallAdmission } from '../calls/admission.ts'
import { B2bua } from '../calls/control/b2bua.ts'
import type { ApplicationFacts } from '../system/applications.ts'
import { capacityOf, installedLicences } from '../system/capacity.ts'
import { ControlMedia } from '../traversal/media/control-media.ts'
import { mediaPortPlans } from '../traversal/media/media-ports.ts'
import type { ControlSettings } from './control-settings.ts'
import type { OwnSipNames } from './sip-peer.ts'
import type { SipSide } from './sip-side.ts'

export interface CallResourcesOptions extends Pick<
  ApplicationFacts,
  'environment' | 'configuration' | 'installation' | 'alarms'
> {
  readonly own: OwnSipNames
  readonly sip: SipSide
  readonly settings: ControlSettings
}

/** What calls of a VCS Control are made of: media ports, licences and places, the B2BUA. */
export class CallResources implements AsyncDisposable {
  readonly capacity: ReturnType<typeof capacityOf>
  readonly limitAlarms: LimitAlarms
  readonly admission: CallAdmission
  readonly media: ControlMedia
  readonly b2bua: B2bua

  constructor(options: CallResourcesOptions) {
    const { environment, configuration, installation, alarms, own, sip, settings } = options
    const { network, clocks, random, log } = environment
    this.capacity = capacityOf(installation)
    this.limitAlarms = new LimitAlarms(alarms)
    this.admission = new CallAdmission({
      licences: () => installedLicences(configuration),
      limits: this.capacity,
      onChange: (calls, refusedFor) => this.limitAlarms.judgeCalls(calls, refusedFor),
    })
    this.media = new ControlMedia({ network, ports: mediaPortPlans[installation.mediaPorts].calls })
    this.b2bua = new B2bua({
      layer: sip.layer,
      own,
      random,
      clocks,
      log: log.child('tvcs'),
      media: this.media,
      admission: this.admission,
      mediaEncryption: () => settings.mediaEncryption(),
    })
  }

  /** Licences have changed. */
  judge(): void {
    this.limitAlarms.judgeCalls(this.admission.status())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.media.stop()
  }
}
