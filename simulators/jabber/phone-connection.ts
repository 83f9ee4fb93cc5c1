import type { HostNetwork } from '#runtime/network.ts'
import type { CameraSettings } from '#simulators/protocol/endpoint/camera-settings.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { PhoneService } from '#simulators/protocol/endpoint/phone-service.ts'
import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import type { RegistrationPlace } from '#simulators/protocol/endpoint/register-where-served.ts'
import { dialSip } from '#simulators/protocol/endpoint/sip-dial.ts'
import type { TelephoneLine } from '#simulators/protocol/endpoint/telephone-line.ts'
import { AudioStream } from '#simulators/protocol/media/audio-stream.ts'
import type { JabberUser } from './configuration.ts'
import { edgeDomain } from './sign-in.ts'
import { announcementOf } from './platforms.ts'
import type { SignedIn } from './signed-in.ts'
import { openJabberLine } from './telephone-line.ts'

export interface PhoneConnection {
  readonly network: HostNetwork
  readonly user: JabberUser
  readonly phone: PhoneService
  readonly camera: () => CameraSettings
  readonly found: SignedIn
  /** The client's own, the same for as long as it is installed. */
  readonly instance: string
}

/** Where the line may register: over the edge's servers outside, at the device file's nodes themselves inside. */
export function placesOf({ edge, edgeServers, files }: SignedIn): readonly RegistrationPlace[] {
  const { nodes } = files!.device
  if (edge === undefined)
    return nodes.map(({ name, sipPort }) => ({ server: { host: name, port: sipPort }, node: name }))
  return edgeServers.sip.order.flatMap((server) => nodes.map(({ name }) => ({ server, node: name })))
}

/** Opens the line: TLS to the edge outside, TCP to Unified CM inside. */
export async function openLine(
  options: PhoneConnection,
  { server, node }: RegistrationPlace,
  onLost: () => void,
): Promise<TelephoneLine> {
  const { network, user, phone, camera, found, instance } = options
  const nameCheck = ({ host }: ServerAddress) => oneOfNames([host, edgeDomain(user)])
  const connection = await dialSip(network, [server], found.edge === undefined ? undefined : nameCheck)
  const device = found.files!.device
  const isSecure = found.edge !== undefined && !user.sabotage.clearMedia
  const line = device.lines.find(({ number }) => number === user.line) ?? device.lines[0]!
  const name = found.deviceName ?? ''
  const announcement = announcementOf(user)
  const { activeLoad } = announcement
  return openJabberLine(network, connection, {
    number: line.number,
    displayName: user.displayName ?? line.displayName,
    node,
    userId: user.id,
    password: found.password,
    route: found.edge?.configuration.sipRoute,
    userAgent: announcement.sipUserAgent,
    contactUser: line.contact.replace(/[{}]/g, '') || network.random.uuid(),
    contactParameters: [
      `+sip.instance="<urn:uuid:${instance}>"`,
      `+u.sip!devicename.ccm.cisco.com="${name}"`,
      `+u.sip!model.ccm.cisco.com="${announcement.model}"`,
      'video',
    ],
    registerHeaders: [`Supported: ${supported}`],
    firstRegister: {
      headers: [
        `Reason: SIP;cause=200;text="cisco-alarm:25 Name=${name} ActiveLoad=${activeLoad} InactiveLoad=${activeLoad} Last=initialized"`,
        'Mime-Version: 1.0',
      ],
      contentType: 'multipart/mixed; boundary=uniqueBoundary',
      body: capabilities,
    },
    openAudio: (toneHz) =>
      AudioStream.open({
        network,
        isSecure,
        toneHz,
        origin: 'Cisco-SIPUA',
        sessionName: 'SIP Call',
        ports: user.mediaPorts,
        ...camera(),
        hasWrongKeyBit: user.sabotage.srtpKeyBit,
      }),
    isSecure,
    asksForTls: found.edge !== undefined && device.securityMode !== 1,
    calls: phone.calls,
    rules: phone.rules,
    onLost,
  })
}

const supported =
  'replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,X-cisco-sis-6.0.0,X-cisco-xsi-8.5.1'

/** Body of the first REGISTER (wire facts §6.1). */
const capabilities = [
  '--uniqueBoundary',
  'Content-Type: application/x-cisco-remotecc-request+xml',
  'Content-Disposition: session;handling=optional',
  '',
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<x-cisco-remotecc-request><optionsindreq><optionsind><combine max="6"><remotecc><status></status></remotecc><service-control></service-control></combine><dialog usage="hook status"><unot></unot><sub></sub></dialog><presence usage="blf speed dial"><unot></unot><sub></sub></presence><joinreq></joinreq></optionsind></optionsindreq></x-cisco-remotecc-request>',
  '--uniqueBoundary--',
  '',
].join('\r\n')
