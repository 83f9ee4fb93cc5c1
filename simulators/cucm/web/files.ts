import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import type { Cluster } from '../cluster.ts'
import { deviceFile } from './device-file.ts'
import { readTarget } from './tomcat.ts'
import type { Xml } from '#simulators/protocol/xml/template.ts'
import { xml } from '#simulators/protocol/xml/template.ts'

/** The TFTP service over HTTP on 6970 (wire facts §5). */
export class ConfigurationFiles {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return {
        status: 405,
        headers: { Allow: 'GET, HEAD', 'Content-Type': 'text/plain' },
        body: 'Method Not Allowed\n',
      }
    }
    const { segments } = readTarget(request) ?? { segments: [] }
    const content = segments.length === 1 ? this.#content(segments[0]!) : undefined
    if (content === undefined)
      return { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'File not found\n' }
    return { status: 200, headers: { 'Content-Type': '*/*' }, body: content }
  }

  #content(name: string): string | undefined {
    const { configuration } = this.#cluster
    if (Object.hasOwn(configuration.files, name)) return configuration.files[name]
    if (name === 'jabber-config.xml') return document(this.#jabberConfig())
    if (name === `${configuration.serviceProfile.name}.cnf.xml`) return document(this.#serviceProfile())
    if (name === 'AppDialRules.xml' || name === 'DirLookupDialRules.xml') return document(xml`<DialRules/>`)
    // Device names are upper case in file names; anything else is another file.
    const device = /^([A-Z0-9._-]{1,15})\.cnf\.xml$/.exec(name)?.[1]
    const found = device === undefined ? undefined : this.#cluster.device(device)
    return found === undefined ? undefined : document(deviceFile(this.#cluster, found))
  }

  #jabberConfig(): Xml {
    const { jabber, fqdn } = this.#cluster.configuration
    const { voiceServicesDomain: domain, photoUri, updateUrl, customTabs } = jabber
    const pages = customTabs.map(
      ({ tooltip, icon, url }) =>
        xml`<page refresh="true" preload="true"><tooltip>${tooltip}</tooltip><icon>${icon}</icon><url>${url}</url></page>`,
    )
    return xml`<config version="1.0">
<Policies><ServiceDiscoveryExcludedServices>WEBEX</ServiceDiscoveryExcludedServices>${domain === undefined ? undefined : xml`<VoiceServicesDomain>${domain}</VoiceServicesDomain>`}</Policies>
<Directory><DirectoryServerType>${jabber.directoryServerType}</DirectoryServerType>${photoUri === undefined ? undefined : xml`<UdsPhotoUriWithToken>${photoUri}</UdsPhotoUriWithToken>`}<UDSServer>${fqdn}</UDSServer><MinimumCharacterQuery>${jabber.minimumCharacterQuery}</MinimumCharacterQuery></Directory>
<Client>${updateUrl === undefined ? undefined : xml`<UpdateUrl>${updateUrl}</UpdateUrl>`}${pages.length === 0 ? undefined : xml`<jabber-plugin-config><browser-plugin>${pages}</browser-plugin></jabber-plugin-config>`}</Client>
</config>
`
  }

  #serviceProfile(): Xml {
    const { imAndPresenceServers, voicemail, name } = this.#cluster.configuration.serviceProfile
    const voicemailService =
      voicemail === undefined
        ? undefined
        : xml`<voicemail><credentialsSource>CUCM</credentialsSource><primary><address>${voicemail.address}</address><port>${voicemail.port}</port><protocol>HTTPS</protocol></primary></voicemail>`
    return xml`<userProfile name="${name}">
<imPresence>${imAndPresenceServers.map((server) => xml`<serverAddress>${server}</serverAddress>`)}</imPresence>
${voicemailService}<ctiService/><directory><useUds>true</useUds></directory>
</userProfile>
`
  }
}

function document(content: Xml): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${content.text}`
}
