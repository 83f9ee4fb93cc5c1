import * as v from 'valibot'
import { cameraSettings } from '#simulators/protocol/endpoint/camera-settings.ts'

const webrtcModule = '@roamhq/wrtc'

/** One TC endpoint, configured as `Provisioning Mode` asks (wire facts §1.1.6). */
export const tcUser = v.strictObject({
  /** Provisioning LoginName. */
  id: v.string(),
  displayName: v.optional(v.string()),
  /** Provisioning Password. */
  password: v.string(),
  /** Provisioning ExternalManager Domain. */
  domain: v.string(),
  /** Provisioning Mode: `edge` is shown as Cisco UCM via Expressway, `cucm` as Cisco UCM. */
  provisioningMode: v.optional(v.picklist(['edge', 'cucm']), 'edge'),
  /** Provisioning ExternalManager Address; with mode `edge` the `_collab-edge` record's targets where empty. */
  externalManager: v.optional(v.string()),
  /** SEP and the hardware address. */
  device: v.pipe(v.string(), v.regex(/^SEP[0-9A-F]{12}$/, 'is not an endpoint name')),
  /** PEM texts of the certificate authorities it ships with. */
  preinstalledCas: v.optional(v.array(v.string()), []),
  /** TC software it runs, as its User-Agent has it. */
  release: v.optional(v.pipe(v.string(), v.regex(/^\d+(\.\d+)+$/, 'is not a TC release')), '7.0.1'),
  /** Directory number to use of the device's lines; its first one otherwise. */
  line: v.optional(v.string()),
  /** Unified CM's model number; 604 is an EX90-class endpoint. */
  model: v.optional(v.string(), '604'),
  /** SIP ListenPort: with On it takes SIP over TLS on port 5061 of its own, and says so in its Contact. */
  sipListenPort: v.optional(v.picklist(['On', 'Off']), 'Off'),
  toneHz: v.optional(v.number(), 440),
  answer: v.optional(v.picklist(['auto', 'ring', 'busy', 'reject']), 'auto'),
  ...cameraSettings,
  mediaPorts: v.optional(v.tuple([v.number(), v.number()]), [2_326, 2_485]),
  /**
   * What makes and hears its audio: a WebRTC library in a process of its own, started with the endpoint (`wrtc`) or with
   * its first call (`auto`), or a computed tone (`plain`), which also stands in where the library does not run.
   */
  audioEngine: v.optional(v.picklist(['wrtc', 'plain', 'auto']), 'plain'),
  sabotage: v.optional(
    v.strictObject({
      srtpKeyBit: v.optional(v.boolean(), false),
      /** `dtls`: it offers calls as the WebRTC library does, with a fingerprint and no keys. */
      offer: v.optional(v.picklist(['sdes', 'dtls']), 'sdes'),
      /** The WebRTC library by another name. */
      webrtcModule: v.optional(v.string(), webrtcModule),
    }),
    { srtpKeyBit: false, offer: 'sdes', webrtcModule },
  ),
})
export type TcUser = v.InferOutput<typeof tcUser>

/** What management `setProvisioning` takes; `user` is the endpoint's id in its process. */
export const provisioning = v.pipe(
  v.strictObject({ user: v.optional(v.string()), ...v.pick(tcUser, ['provisioningMode', 'externalManager']).entries }),
  v.transform(({ provisioningMode, externalManager }) => ({ provisioningMode, externalManager })),
)
