import { child, descendants, textOf } from '../protocol/xml/element.ts'
import type { XmlElement } from '../protocol/xml/element.ts'
import { xml } from '../protocol/xml/write.ts'
import type { XmlText } from '../protocol/xml/write.ts'
import type { Axl } from './axl.ts'
import { AxlProblem } from './axl-failure.ts'

/** A server in the list of its cluster, without the pseudo node that every cluster has. */
export interface ProcessNode {
  readonly name: string
  /** Empty where an old release does not tell. */
  readonly role: string
}

export interface LinePorts {
  readonly tcp: number
  readonly tls: number
}

/** Every release answers this one in the schema 1.0: what it is has to be known before anything else is asked. */
export async function askVersion(axl: Axl): Promise<string> {
  const result = await axl.ask('getCCMVersion', xml``, '1.0')
  return trimmed(descendants(result, 'version')[0]).slice(0, longestName)
}

export async function askProcessNodes(axl: Axl): Promise<ProcessNode[]> {
  const criteria = xml`<searchCriteria><name>%</name></searchCriteria>`
  const tags = xml`<returnedTags><name/><processNodeRole/></returnedTags>`
  const result = await axl.ask('listProcessNode', xml`${criteria}${tags}`)
  return descendants(result, 'processNode')
    .map((node) => ({ name: childText(node, 'name'), role: childText(node, 'processNodeRole') }))
    .filter(({ name }) => name !== '' && name !== 'EnterpriseWideData')
    .slice(0, mostNodes)
}

/** Names of the services that are active on each node: `Cisco CallManager`, `Cisco Tftp` … */
export async function askActiveServices(axl: Axl): Promise<Map<string, Set<string>>> {
  const criteria = xml`<searchCriteria><processNodeName>%</processNodeName></searchCriteria>`
  const tags = xml`<returnedTags><processNodeName/><service/><enable/><isActive/></returnedTags>`
  const result = await axl.ask('listProcessNodeService', xml`${criteria}${tags}`)
  const active = new Map<string, Set<string>>()
  for (const row of descendants(result, 'processNodeService')) {
    const state = (childText(row, 'isActive') || childText(row, 'enable')).toLowerCase()
    const node = childText(row, 'processNodeName')
    const services = active.get(node) ?? new Set()
    if (state === 'true' || state === 't' || state === '1') services.add(childText(row, 'service'))
    active.set(node, services)
  }
  return active
}

/** SIP phone port and secure port of each node that has a CallManager. */
export async function askLinePorts(axl: Axl): Promise<Map<string, LinePorts>> {
  const criteria = xml`<searchCriteria><name>%</name></searchCriteria>`
  const tags = xml`<returnedTags><name/><processNodeName/><ports/></returnedTags>`
  const result = await axl.ask('listCallManager', xml`${criteria}${tags}`)
  const ports = new Map<string, LinePorts>()
  for (const listed of descendants(result, 'callManager').slice(0, mostNodes)) {
    const manager = (await askCallManager(axl, childText(listed, 'name'))) ?? listed
    const node = childText(manager, 'processNodeName') || childText(listed, 'processNodeName')
    ports.set(node, {
      tcp: port(manager, 'sipPhonePort') ?? usualPorts.tcp,
      tls: port(manager, 'sipPhoneSecurePort') ?? usualPorts.tls,
    })
  }
  return ports
}

async function askCallManager(axl: Axl, name: string): Promise<XmlElement | undefined> {
  try {
    const answer = await axl.ask('getCallManager', xml`<name>${name}</name>`)
    return descendants(answer, 'callManager')[0]
  } catch (error) {
    // A server that only lists its CallManagers has told the ports in the list, or they are the usual ones.
    if (error instanceof AxlProblem && error.failure === 'fault') return undefined
    throw error
  }
}

/** Enterprise parameter Cluster Security Mode: 1 is mixed. */
export async function askIsMixed(axl: Axl): Promise<boolean> {
  const rows = await askRows(axl, xml`select paramvalue from processconfig where paramname='ClusterSecurityMode'`)
  return rows.some((row) => childText(row, 'paramvalue') === '1')
}

export interface TlsProfile {
  readonly name: string
  /** SIP phone port; undefined where the database does not tell. */
  readonly port: number | undefined
}

/** Phone security profiles with protocol SIP and device security mode Encrypted. */
export async function askTlsProfiles(axl: Axl): Promise<TlsProfile[]> {
  const encrypted = xml`from securityprofile where tkdeviceprotocol=11 and tkdevicesecuritymode=3`
  const rows = await askRows(axl, xml`select name, sipphoneport ${encrypted}`).catch((error: unknown) => {
    // Nobody outside the vendor knows the column; the name is what is needed.
    if (error instanceof AxlProblem && error.failure === 'fault') return askRows(axl, xml`select name ${encrypted}`)
    throw error
  })
  const ports = new Map(rows.map((row) => [childText(row, 'name'), port(row, 'sipphoneport')]))
  return texts(rows, 'name').map((name) => ({ name, port: ports.get(name) }))
}

export async function askChatNodeAliases(axl: Axl): Promise<string[]> {
  return texts(await askRows(axl, xml`select tcalias, isprimary, fkprocessnode from tcaliases`), 'tcalias')
}

/** How many certificates an IM and Presence server has. Rejects with its fault where it cannot say. */
export async function askCertificateCount(axl: Axl): Promise<number> {
  const rows = await askRows(axl, xml`select pkid, subjectname, issuername, certificate from certificate`)
  return rows.length
}

async function askRows(axl: Axl, query: XmlText): Promise<XmlElement[]> {
  return descendants(await axl.ask('executeSQLQuery', xml`<sql>${query}</sql>`), 'row')
}

function texts(rows: readonly XmlElement[], column: string): string[] {
  const found = rows.map((row) => childText(row, column).slice(0, longestName)).filter((text) => text !== '')
  return [...new Set(found)].slice(0, mostTexts)
}

function childText(parent: XmlElement | undefined, name: string): string {
  return trimmed(child(parent, name))
}

function trimmed(element: XmlElement | undefined): string {
  return textOf(element).trim()
}

function port(manager: XmlElement | undefined, name: string): number | undefined {
  const number = manager === undefined ? 0 : Number(trimmed(descendants(manager, name)[0]))
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined
}

const usualPorts = { tcp: 5060, tls: 5061 } as const
/** A cluster has at most 21 servers; more than this is no cluster. */
const mostNodes = 100
const mostTexts = 1_000
const longestName = 253
