import type { Cluster } from '../cluster.ts'
import type { DeviceConfiguration, UserConfiguration } from '../configuration.ts'
import { ports } from '../ports.ts'
import type { Home } from './home-cluster.ts'
import { Xml, xml } from '#simulators/protocol/xml/template.ts'

/** The documents of UDS (wire facts §3.2): element names and their order as the API reference has them. */
export class UdsDocuments {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  version(): Xml {
    return xml`<versionInformation uri="${this.#uri('/version')}" version="${this.#release}"><version>${this.#release}</version></versionInformation>`
  }

  clusterUser(target: string, home: Home | undefined): Xml {
    const release = this.#release
    const found =
      home === undefined ? xml`<result version="${release}" found="false"/>` : this.#foundUser(home, release)
    return xml`<clusterUser version="${release}" uri="${this.#uri(target)}">${found}</clusterUser>`
  }

  /** Without the Home Cluster tick the user is found, but no home is named. */
  #foundUser({ userName, node }: Home, release: string): Xml {
    const base = `https://${node ?? this.#cluster.configuration.fqdn}:${ports.https}/cucm-uds`
    const home =
      node === undefined ? xml`<homeCluster/>` : xml`<homeCluster serversUri="${base}/servers">${node}</homeCluster>`
    return xml`<result version="${release}" found="true" uri="${base}/user/${encodeURIComponent(userName)}"/>${home}`
  }

  servers(): Xml {
    const names = this.#cluster.configuration.servers.map((server) => server.fqdn)
    return xml`<servers version="${this.#release}" uri="${this.#uri('/servers')}">${names.map((name) => xml`<server>${name}</server>`)}</servers>`
  }

  users(target: string, page: { start: number; max: number; total: number; users: readonly UserConfiguration[] }): Xml {
    const entries = page.users.map((user) => xml`<user uri="${this.#userUri(user)}">${this.#person(user)}</user>`)
    return xml`<users uri="${this.#uri(target)}" version="${this.#release}" start="${page.start}" requestedCount="${page.max}" returnedCount="${page.users.length}" totalCount="${page.total}">${entries}</users>`
  }

  user(user: UserConfiguration): Xml {
    const { serviceProfile, fqdn } = this.#cluster.configuration
    const own = this.#userUri(user)
    const profileUri = `http://${fqdn}:${ports.files}/${serviceProfile.name}.cnf.xml`
    const server = user.imAndPresenceNode ?? serviceProfile.imAndPresenceServers[0]
    const imAndPresence = user.imAndPresence && server !== undefined ? xml`<server>${server}</server>` : xml`<server/>`
    const collections = [
      'devices',
      'credentials',
      'extensions',
      'speedDials',
      'subscribedServices',
      'remoteDestinations',
    ]
    return xml`<user uri="${own}" version="${this.#release}">${this.#person(user)}<accountType useLdapAuth="false">local</accountType><homeCluster enableCalendarPresence="false" enableImAndPresence="${user.imAndPresence}">${user.homeCluster}</homeCluster><imAndPresence><uri>${user.email}</uri>${imAndPresence}</imAndPresence><serviceProfile><name>${serviceProfile.name}</name><uri>${profileUri}</uri></serviceProfile>${collections.map((name) => element(name, `${own}/${name}`))}</user>`
  }

  devices(user: UserConfiguration): Xml {
    const devices = this.#cluster.devicesOf(user).map((device) => this.#device(user, device, undefined))
    return xml`<devices uri="${this.#userUri(user)}/devices" version="${this.#release}">${devices}</devices>`
  }

  device(user: UserConfiguration, device: DeviceConfiguration): Xml {
    return this.#device(user, device, this.#release)
  }

  credentials(user: UserConfiguration): Xml {
    return xml`<credentials uri="${this.#userUri(user)}/credentials" version="${this.#release}"><password><userCanChange>true</userCanChange></password><pin><userCanChange>true</userCanChange></pin></credentials>`
  }

  extensions(user: UserConfiguration): Xml {
    const own = `${this.#userUri(user)}/extensions`
    const numbers = new Set(this.#cluster.devicesOf(user).flatMap((device) => this.#cluster.linesOf(device)))
    if (user.line !== undefined) numbers.add(user.line)
    const entries = [...numbers].map((number) => {
      const id = this.pkid('line', number)
      return xml`<extension uri="${this.#uri(`/extension/${id}`)}"><id>${id}</id><directoryNumber>${number}</directoryNumber><description>${this.#cluster.displayNameOf(number)}</description></extension>`
    })
    return xml`<extensions uri="${own}" version="${this.#release}">${entries}</extensions>`
  }

  /** A collection of a user that holds nothing here. */
  empty(user: UserConfiguration, name: string): Xml {
    return xml`${raw(`<${name}`)} uri="${this.#userUri(user)}/${name}" version="${this.#release}"/>`
  }

  pkid(kind: string, name: string): string {
    return this.#cluster.pkid(kind, name)
  }

  /** UDS tells the release in three parts: 9.1.2. */
  get #release(): string {
    return this.#cluster.configuration.version.split('.').slice(0, 3).join('.')
  }

  #uri(target: string): string {
    return `https://${this.#cluster.configuration.fqdn}:${ports.https}/cucm-uds${target}`
  }

  #userUri(user: UserConfiguration): string {
    return this.#uri(`/user/${encodeURIComponent(user.id)}`)
  }

  #person(user: UserConfiguration): Xml {
    const [first, ...last] = user.displayName.split(' ')
    return xml`<id>${this.pkid('user', user.id)}</id><userName>${user.id}</userName><firstName>${user.firstName ?? first}</firstName><lastName>${user.lastName ?? last.join(' ')}</lastName><middleName/><nickName/><displayName>${user.displayName}</displayName><phoneNumber>${user.line}</phoneNumber><homeNumber/><mobileNumber/><email>${user.email}</email><directoryUri/><msUri/><department/><manager/><title/><pager/>`
  }

  #device(user: UserConfiguration, device: DeviceConfiguration, release: string | undefined): Xml {
    const id = this.pkid('device', device.name)
    const version = release === undefined ? undefined : xml` version="${release}"`
    return xml`<device uri="${this.#userUri(user)}/device/${id}"${version}><id>${id}</id><name>${device.name}</name><type>Phone</type><model>${device.model}</model><description editable="true">${device.description}</description><protocol>SIP</protocol></device>`
  }
}

function element(name: string, uri: string): Xml {
  return xml`${raw(`<${name}`)} uri="${uri}"/>`
}

/** Names of elements chosen by this program, not by anything received. */
function raw(text: string): Xml {
  return new Xml(text)
}
