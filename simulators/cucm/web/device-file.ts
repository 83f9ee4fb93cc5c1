import type { Cluster } from '../cluster.ts'
import { ports } from '../ports.ts'
import type { DeviceConfiguration, ServerConfiguration } from '../configuration.ts'
import type { Xml } from '#simulators/protocol/xml/template.ts'
import { xml } from '#simulators/protocol/xml/template.ts'

/** `CSF<USER>.cnf.xml`, `SEP<MAC>.cnf.xml` …: what a device has to know to register (wire facts §5.2). */
export function deviceFile(cluster: Cluster, device: DeviceConfiguration): Xml {
  const profile = cluster.secureProfileOf(device)
  const mode = securityModes[profile?.deviceSecurityMode ?? 'Non Secure']
  const uuid = (kind: string) => `{${cluster.pkid(kind, device.name)}}`
  return xml`<device xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:axl="http://www.cisco.com/AXL/API/9.1" xsi:type="axl:XIPPhone" ctiid="${ctiId(cluster, device)}" uuid="${uuid('device')}">
<fullConfig>true</fullConfig>
<deviceProtocol>SIP</deviceProtocol>
<devicePool uuid="${uuid('devicePool')}">${dateTimeSetting(cluster, device)}<callManagerGroup><members>${cluster.serversFor(device).map(member)}</members></callManagerGroup></devicePool>
<sipProfile><sipProxies><backupProxy>USECALLMANAGER</backupProxy><registerWithProxy>true</registerWithProxy><outboundProxy/></sipProxies><sipCallFeatures><cnfJoinEnabled>true</cnfJoinEnabled></sipCallFeatures><sipStack><timerRegisterExpires>3600</timerRegisterExpires><timerRegisterDelta>5</timerRegisterDelta><timerKeepAliveExpires>120</timerKeepAliveExpires></sipStack><preferredCodec>none</preferredCodec><voipControlPort>${profile?.sipPhonePort ?? 5060}</voipControlPort><startMediaPort>16384</startMediaPort><stopMediaPort>32766</stopMediaPort><sipLines>${cluster.linesOf(device).map((number, index) => sipLine(cluster, device, number, index + 1))}</sipLines></sipProfile>
<deviceSecurityMode>${mode}</deviceSecurityMode>
<transportLayerProtocol>${mode === 1 ? 1 : 3}</transportLayerProtocol>
${capfList(cluster, device)}<certHash/><encrConfig>false</encrConfig>
<loadInformation/><versionStamp>${cluster.pkid('stamp', device.name)}</versionStamp><phoneServices/>
</device>
`
}

/** 1 none, 2 authenticated, 3 encrypted; a cluster that is not mixed treats every profile as none. */
const securityModes = { 'Non Secure': 1, Authenticated: 2, Encrypted: 3 } as const

function dateTimeSetting(cluster: Cluster, device: DeviceConfiguration): Xml {
  const { groupName: name, timeZone } = cluster.dateTimeGroupOf(device)
  const ntps = cluster
    .phoneNtpReferencesOf(device)
    .map(({ ipAddress, mode }) => xml`<ntp><name>${ipAddress}</name><ntpMode>${mode}</ntpMode></ntp>`)
  return xml`<dateTimeSetting><name>${name}</name><timeZone>${timeZone}</timeZone><ntps>${ntps}</ntps></dateTimeSetting>`
}

/** Where the device gets the certificate it is to install. */
function capfList(cluster: Cluster, device: DeviceConfiguration): Xml | undefined {
  if (device.certificateOperation !== 'Install/Upgrade') return undefined
  const { fqdn } = cluster.serversFor(device)[0]!
  return xml`<capfAuthMode>0</capfAuthMode><capfList><capf><phonePort>${ports.capf}</phonePort><processNodeName>${fqdn}</processNodeName></capf></capfList>
`
}

/** Devices ask for a server as System > Server has it; for a host name with the domain of its cluster. */
function member({ name, fqdn, sipPhonePort, sipPhoneSecurePort }: ServerConfiguration, priority: number): Xml {
  const nodeName = ipAddress.test(name) ? name : fqdn
  return xml`<member priority="${priority}"><callManager><name>${name}</name><ports><ethernetPhonePort>2000</ethernetPhonePort><sipPort>${sipPhonePort}</sipPort><securedSipPort>${sipPhoneSecurePort}</securedSipPort><mgcpPorts><listen>2427</listen><keepAlive>2428</keepAlive></mgcpPorts></ports><processNodeName>${nodeName}</processNodeName></callManager></member>`
}

const ipAddress = /^\d+(\.\d+){3}$/

function sipLine(cluster: Cluster, device: DeviceConfiguration, number: string, button: number): Xml {
  const name = cluster.displayNameOf(number)
  const { sipPhonePort, sipPhoneSecurePort } = cluster.thisServer
  const port = cluster.secureProfileOf(device) === undefined ? sipPhonePort : sipPhoneSecurePort
  return xml`<line button="${button}"><featureID>9</featureID><featureLabel>${name}</featureLabel><proxy>USECALLMANAGER</proxy><port>${port}</port><name>${number}</name><displayName>${name}</displayName><authName>${device.owner}</authName><authPassword/><contact>${cluster.pkid('contact', `${device.name}/${number}`)}</contact></line>`
}

function ctiId(cluster: Cluster, device: DeviceConfiguration): number {
  return cluster.configuration.devices.indexOf(device) + 1
}
