import type { WallClock } from '#runtime/clock.ts'
import { itemNotFound } from '#simulators/protocol/axl/answers.ts'
import type { AxlOperation } from '#simulators/protocol/axl/service.ts'
import { axlRole, AxlService } from '#simulators/protocol/axl/service.ts'
import { isLike } from '#simulators/protocol/axl/sql.ts'
import type { Xml } from '#simulators/protocol/xml/template.ts'
import { xml } from '#simulators/protocol/xml/template.ts'
import type { Cluster } from '../cluster.ts'
import type { ServerConfiguration } from '../configuration.ts'
import { databaseOf } from './database.ts'
import { isSamePassword } from './tomcat.ts'

/** AXL of Unified CM: the few requests a VCS Control makes (wire facts §4.2). */
export function axlOf(cluster: Cluster, wall: WallClock): AxlService {
  return new AxlService({
    wall,
    realm: 'Cisco Unified Communications Manager',
    release: () => cluster.configuration.release,
    isActive: () => cluster.configuration.services.axl,
    memoryBytes: () => cluster.configuration.serviceParameters.axlMemoryKilobytes * 1_000,
    authenticate: ({ user, password }) => authenticate(cluster, user, password),
    operations: operationsOf(cluster),
    database: () => databaseOf(cluster),
  })
}

/** Application users and end users may both ask. */
function authenticate(cluster: Cluster, id: string, password: string): { mayUseAxl: boolean } | undefined {
  const { applicationUsers, users } = cluster.configuration
  const known = [...applicationUsers, ...users].find((user) => user.id === id)
  if (known === undefined || !isSamePassword(known.password, password)) return undefined
  return { mayUseAxl: known.roles.includes(axlRole) }
}

function operationsOf(cluster: Cluster): Readonly<Record<string, AxlOperation>> {
  const servers = () => cluster.configuration.servers
  const uuid = (kind: string, name: string) => `{${cluster.pkid(kind, name).toUpperCase()}}`
  const callManager = (server: ServerConfiguration) => callManagerOf(server, uuid('callManager', server.name))
  return {
    getCCMVersion: () => xml`<componentVersion><version>${cluster.configuration.version}</version></componentVersion>`,
    // Every cluster has the pseudo node EnterpriseWideData beside its servers.
    listProcessNode: ({ fields }) =>
      xml`${[
        { name: 'EnterpriseWideData', role: undefined },
        ...servers().map(({ name }) => ({ name, role: xml`<processNodeRole>CUCM Voice/Video</processNodeRole>` })),
      ]
        .filter(({ name }) => isLikeAnyCase(name, fields['name']))
        .map(
          ({ name, role }) => xml`<processNode uuid="${uuid('node', name)}"><name>${name}</name>${role}</processNode>`,
        )}`,
    listProcessNodeService: ({ fields }) =>
      xml`${servers()
        .filter(({ name }) => isLikeAnyCase(name, fields['processNodeName']))
        .flatMap(({ name }) => servicesOf(cluster, name, uuid))}`,
    listCallManager: ({ fields }) =>
      xml`${servers()
        .filter(({ name }) => isLikeAnyCase(`CM_${name}`, fields['name']))
        .map(callManager)}`,
    getCallManager: ({ fields }) => {
      const found = servers().find(({ name }) => `CM_${name}` === fields['name'])
      return found === undefined ? itemNotFound('CallManager') : callManager(found)
    },
  }
}

function callManagerOf(
  { name, description, sipPhonePort, sipPhoneSecurePort }: ServerConfiguration,
  uuid: string,
): Xml {
  return xml`<callManager uuid="${uuid}"><name>CM_${name}</name><description>${description}</description><ports><ethernetPhonePort>2000</ethernetPhonePort><sipPorts><sipPhonePort>${sipPhonePort}</sipPhonePort><sipPhoneSecurePort>${sipPhoneSecurePort}</sipPhoneSecurePort></sipPorts></ports><processNodeName>${name}</processNodeName></callManager>`
}

function servicesOf(cluster: Cluster, node: string, uuid: (kind: string, name: string) => string): Xml[] {
  const { callManager, tftp, axl } = cluster.configuration.services
  const states = { 'Cisco CallManager': callManager, 'Cisco Tftp': tftp, 'Cisco AXL Web Service': axl }
  return Object.entries(states).map(
    ([name, isActive]) =>
      xml`<processNodeService uuid="${uuid('service', `${node}/${name}`)}"><processNodeName>${node}</processNodeName><service>${name}</service><enable>${isActive}</enable><isActive>${isActive}</isActive></processNodeService>`,
  )
}

/** Search criteria ignore case; one that is left out or empty finds all. */
function isLikeAnyCase(text: string, wanted: string | undefined): boolean {
  return isLike(text.toLowerCase(), (wanted || '%').toLowerCase())
}
