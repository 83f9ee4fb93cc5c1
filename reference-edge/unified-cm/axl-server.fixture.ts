import type { HttpHandler, HttpResponse } from '#runtime/network.ts'
import { readBasic } from '../protocol/http/basic-credentials.ts'
import { child, childElements, descendants, textOf } from '../protocol/xml/element.ts'
import { readXml } from '../protocol/xml/read.ts'

/** Content of `<return>`, or a whole answer, by operation; SQL by `sql(table)`. Anything else is an unknown request. */
export type AxlAnswers = Readonly<Record<string, string | HttpResponse>>

export const sql = (table: string): string => `executeSQLQuery ${table}`

export const processNode = (name: string, role = 'CUCM Voice/Video'): string =>
  `<processNode><name>${name}</name><processNodeRole>${role}</processNodeRole></processNode>`

/** A cluster of cucm1 (CallManager, TFTP) and cucm2 (TFTP alone) with imp1; not in mixed mode. */
export function clusterAnswers(changed: AxlAnswers = {}): AxlAnswers {
  return {
    getCCMVersion: '<componentVersion><version>9.1.2.11900-12</version></componentVersion>',
    listProcessNode: `<processNode><name>EnterpriseWideData</name></processNode>${processNode('cucm1')}${processNode('cucm2')}${processNode('imp1', 'CUCM IM and Presence')}`,
    listProcessNodeService: [
      service('cucm1', 'Cisco CallManager', true),
      service('cucm1', 'Cisco Tftp', true),
      service('cucm2', 'Cisco CallManager', false),
      service('cucm2', 'Cisco Tftp', true),
    ].join(''),
    listCallManager: ['cucm1', 'cucm2'].map((name) => callManager(name, '')).join(''),
    getCallManager: callManager(
      'cucm1',
      '<ports><sipPorts><sipPhonePort>5065</sipPhonePort><sipPhoneSecurePort>5066</sipPhoneSecurePort></sipPorts></ports>',
    ),
    [sql('processconfig')]: '<row><paramvalue>0</paramvalue></row>',
    [sql('securityprofile')]: '',
    [sql('tcaliases')]: '<row><tcalias>conference-2-StandAloneCluster1.example.com</tcalias></row>',
    [sql('certificate')]: '<row><subjectname>CN=imp1</subjectname></row>',
    ...changed,
  }
}

/** A publisher whose AXL takes `admin` with its password and answers from a table. */
export function axlHandler(answers: AxlAnswers): HttpHandler {
  return async ({ method, target, headers, body }) => {
    const pair = readBasic(String(headers['authorization']))
    if (method !== 'POST' || target !== '/axl/') return { status: 404, headers: {} }
    if (pair?.user !== 'admin' || pair.password !== 'pw & <x>') return { status: 401, headers: {} }
    const [operation] = childElements(descendants(readXml(body), 'Body')[0]!)
    const schema = operation?.local === 'getCCMVersion' ? '1.0' : '9.1'
    if (operation?.namespace !== `http://www.cisco.com/AXL/API/${schema}`) return soapFault('Wrong namespace')
    if (!String(headers['soapaction']).includes(`ver=${schema} ${operation.local}`))
      return soapFault('Wrong SOAPAction')
    const table = /\bfrom (\w+)/.exec(textOf(child(operation, 'sql')))?.[1]
    const asked = table === undefined ? operation.local : sql(table)
    const answer = answers[asked]
    if (answer === undefined) return soapFault(`Unknown request ${asked}`)
    return typeof answer === 'string' ? result(operation.local, answer) : answer
  }
}

export function soapFault(text: string): HttpResponse {
  return {
    status: 500,
    headers: { 'Content-Type': 'text/xml' },
    body: `<Envelope><Body><Fault><faultstring>${text}</faultstring></Fault></Body></Envelope>`,
  }
}

function result(name: string, content: string): HttpResponse {
  return {
    status: 200,
    headers: { 'Content-Type': 'text/xml' },
    body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><ns:${name}Response xmlns:ns="x"><return>${content}</return></ns:${name}Response></s:Body></s:Envelope>`,
  }
}

function service(node: string, name: string, isActive: boolean): string {
  return `<processNodeService><processNodeName>${node}</processNodeName><service>${name}</service><enable>${isActive}</enable></processNodeService>`
}

function callManager(node: string, ports: string): string {
  return `<callManager><name>CM_${node}</name><processNodeName>${node}</processNodeName>${ports}</callManager>`
}
