import { describe, expect, it } from 'vitest'
import { createRequest } from '../../protocol/sip/message.ts'
import { type ClientFacts, decideClientRequest } from './client-decision.ts'

const stranger: ClientFacts = {
  isOwnHost: (host) => host === 'vcse1.example.com' || host === '127.0.2.10',
  control: { names: ['127.0.3.10', 'vcsc1.example.com'], zoneId: 3 },
  isProven: false,
  isRegistered: false,
  isInCall: false,
  hasCredentials: false,
}
const registered = { ...stranger, isProven: true, isRegistered: true }
const edgeRoute = '<sip:127.0.3.10:5061;transport=tls;zone-id=3;directed;lr>'

const request = (method: string, route?: string, uri = 'sip:1002@cucm1.example.com') =>
  createRequest({
    method,
    requestUri: uri,
    headers: [
      ...(route === undefined ? [] : ([['Route', route]] as const)),
      ['From', '<sip:1001@cucm1.example.com>;tag=a'],
      ['To', '<sip:1002@cucm1.example.com>'],
    ],
  })

const register = (route?: string) => request('REGISTER', route, 'sip:cucm1.example.com')

describe('what becomes of a request from the internet', () => {
  it.each([
    ['REGISTER of a stranger', register(edgeRoute), stranger, 'authenticate'],
    [
      'REGISTER by the name of the Control',
      register(edgeRoute.replace('127.0.3.10', 'VCSC1.example.com')),
      stranger,
      'authenticate',
    ],
    ['REGISTER without a Route', register(), stranger, 403],
    ['REGISTER of another zone', register(edgeRoute.replace('=3', '=30')), stranger, 403],
    ['REGISTER to another host', register(edgeRoute.replace('3.10', '3.11')), stranger, 403],
    ['REGISTER behind another Route', register(`<sip:elsewhere;lr>, ${edgeRoute}`), stranger, 403],
    ['REGISTER before the exchange', register(edgeRoute), { ...stranger, control: undefined }, 503],
    ['REGISTER without a Route before the exchange', register(), { ...stranger, control: undefined }, 403],
    ['refresh', register(edgeRoute), registered, 'forward'],
    ['refresh whose proof has aged', register(edgeRoute), { ...registered, isProven: false }, 'authenticate'],
    ['refresh with credentials', register(edgeRoute), { ...registered, hasCredentials: true }, 'authenticate'],
    ['OPTIONS to us', request('OPTIONS', undefined, 'sip:vcse1.example.com'), stranger, 'answer'],
    ['MESSAGE to us', request('MESSAGE', undefined, 'sip:vcse1.example.com'), registered, 404],
    ['INVITE of a stranger', request('INVITE', edgeRoute), stranger, 'authenticate'],
    ['INVITE of a registered line', request('INVITE', edgeRoute), registered, 'forward'],
    ['INVITE without Route', request('INVITE'), registered, 'forward'],
    [
      'INVITE by a recorded route',
      request('INVITE', '<sip:proxy-call-id=x@127.0.2.10:5061;lr>'),
      registered,
      'forward',
    ],
    ['INVITE to elsewhere', request('INVITE', '<sip:inside.example.com;lr>'), registered, 403],
    ['INVITE of another line', request('INVITE', edgeRoute), { ...registered, isRegistered: false }, 403],
    ['BYE in a call', request('BYE'), { ...stranger, isInCall: true }, 'forward'],
    ['BYE of no call', request('BYE'), registered, 481],
  ] as const)('%s', (_, received, facts, expected) => {
    const decision = decideClientRequest(received, facts)
    expect(decision.action === 'refuse' ? decision.status : decision.action).toBe(expected)
  })
})
