import type { ServiceAccess } from './service-access.ts'
import { stageFailed } from './sign-in-stages.ts'
import type { WebAnswer } from './web-client.ts'
import type { Element } from './xml.ts'
import { childAt, childrenNamed, parseXml, textAt } from './xml.ts'

/** User Data Services of Unified CM (wire facts §3), through whatever access the endpoint has. */
export interface UserDataServices {
  readonly access: ServiceAccess
  /** `host:port` of the node asked. */
  readonly node: string
  readonly userId: string
  readonly authorization: string
}

export interface UdsUser {
  readonly displayName: string
  readonly isImEnabled: boolean
  readonly imServer: string | undefined
  readonly imAddress: string | undefined
  readonly serviceProfileUrl: string | undefined
}

export interface UdsDevice {
  readonly name: string
  readonly model: string
}

/** Node of the user's home cluster. */
export async function findHomeCluster(
  uds: UserDataServices,
): Promise<{ node: string; serversUrl: string | undefined }> {
  const answer = await ask(uds, `/cucm-uds/clusterUser?username=${encodeURIComponent(uds.userId)}`)
  refuse(answer)
  const document = read(answer)
  const isFound = childAt(document, 'result')?.attrs['found'] === 'true'
  const home = childAt(document, 'homeCluster')
  const node = home?.getText().trim() ?? ''
  if (!isFound || node === '')
    throw stageFailed('NO_HOME_UDS_FOUND', 'Cannot find your services automatically', answer.status)
  return { node, serversUrl: home?.attrs['serversUri'] }
}

/** The UDS nodes of the home cluster. */
export async function listServers(uds: UserDataServices): Promise<string[]> {
  const answer = await ask(uds, '/cucm-uds/servers')
  refuse(answer)
  return childrenNamed(read(answer), 'server').map((server) => server.getText().trim())
}

export async function readUser(uds: UserDataServices): Promise<UdsUser> {
  const answer = await ask(uds, `/cucm-uds/user/${encodeURIComponent(uds.userId)}`)
  refuse(answer)
  const user = read(answer)
  return {
    displayName: textAt(user, 'displayName') ?? uds.userId,
    isImEnabled: childAt(user, 'homeCluster')?.attrs['enableImAndPresence'] === 'true',
    imServer: textAt(user, 'imAndPresence', 'server'),
    imAddress: textAt(user, 'imAndPresence', 'uri'),
    serviceProfileUrl: textAt(user, 'serviceProfile', 'uri'),
  }
}

export async function listDevices(uds: UserDataServices): Promise<UdsDevice[]> {
  const answer = await ask(uds, `/cucm-uds/user/${encodeURIComponent(uds.userId)}/devices`)
  refuse(answer)
  return childrenNamed(read(answer), 'device').map((device) => ({
    name: textAt(device, 'name') ?? '',
    model: textAt(device, 'model') ?? '',
  }))
}

export interface DirectoryEntry {
  readonly userName: string
  readonly displayName: string
  readonly phoneNumber: string | undefined
}

/** Directory search: the only directory there is outside. */
export async function searchDirectory(uds: UserDataServices, name: string, most: number): Promise<DirectoryEntry[]> {
  const answer = await ask(uds, `/cucm-uds/users?name=${encodeURIComponent(name)}&max=${most}`)
  refuse(answer)
  return childrenNamed(read(answer), 'user').map((user) => ({
    userName: textAt(user, 'userName') ?? '',
    displayName: textAt(user, 'displayName') ?? '',
    phoneNumber: textAt(user, 'phoneNumber'),
  }))
}

function ask({ access, node, authorization }: UserDataServices, target: string): Promise<WebAnswer> {
  return access.fetch(`https://${node}${target}`, { headers: { authorization } })
}

/** Wire facts §3.4: 401 wrong password, 403 the end-user role is missing, 404 unknown. */
function refuse({ status, reason }: WebAnswer): void {
  if (status === 200) return
  if (status === 401)
    throw stageFailed('FAILED_UCM90_AUTHENTICATION', 'Your username or password is not correct', status)
  if (status === 403) throw stageFailed('HOME_UDS_QUERY_FAILED', 'Cannot communicate with the server', status)
  throw stageFailed('FAILED_UCM90_CONNECTION', `Cannot communicate with the server (${reason})`, status)
}

function read({ body, status }: WebAnswer): Element {
  try {
    return parseXml(body.toString('utf8'))
  } catch (error) {
    throw stageFailed('FAILED_UCM90_UNREADABLE', (error as Error).message, status)
  }
}
