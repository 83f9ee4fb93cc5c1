import { describe, expect, test } from 'vitest'
import { formatNameAddress, parseNameAddress } from './name-address.ts'
import { formatUri, parseUri, sameUri, sipUri, unescape, uriWith } from './uri.ts'
import { formatVia, parseVia, sentBy } from './via.ts'

describe('URI', () => {
  test.each([
    'sip:1001@cucm1.example.com',
    'sip:cucm1.example.com',
    'sip:3f0c2a51@127.0.10.30:5060;transport=tcp;orig-hostport=192.0.2.10:50784',
    'sip:127.0.10.20:5061;transport=tls;zone-id=3;directed;lr',
    'sip:proxy-call-id=5d2f1f7e@127.0.10.10:7001;transport=tls;lr',
    'sips:alice:secret@[2001:db8::1]:5061;a=b;C?Subject=x&Replaces=a%40b',
  ])('read and written again: %s', (text) => expect(formatUri(parseUri(text)!)).toBe(text))

  test('parts', () => {
    const uri = parseUri('SIP:a;b=c@h:5062;transport=tls;orig-hostport=192.0.2.10:50784')!
    expect([uri.scheme, uri.user, uri.host, uri.port]).toEqual(['sip', 'a;b=c', 'h', 5062])
    expect(uri.parameters.get('ORIG-hostport')).toBe('192.0.2.10:50784')
    expect(formatUri(uriWith(uri, { port: undefined, parameters: uri.parameters.without('transport') }))).toBe(
      'sip:a;b=c@h;orig-hostport=192.0.2.10:50784',
    )
    const lr = uri.parameters.with('lr').with('transport', 'tcp')
    expect(formatUri(sipUri({ host: 'h', parameters: lr }))).toBe(
      'sip:h;transport=tcp;orig-hostport=192.0.2.10:50784;lr',
    )
  })

  test.each([
    'tel:+1',
    'sip:',
    'sip:@h',
    'sip:a@',
    'sip:a@b@c',
    'sip:h:',
    'sip:h:65536',
    'sip:h:5x',
    'sip:a b@h',
    'sip:a%4@h',
    'sip:a%zz@h',
    'sip:[::1',
    'sip:h;',
    'sip:h;;lr',
    'sip:"a"@h',
    'sip:h:5060:1',
    'sip:ü@h',
    'sip:a@h;b=c@d',
  ])('no SIP URI: %s', (text) => expect(parseUri(text)).toBeUndefined())

  // The examples of RFC 3261 §19.1.4.
  test.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp', true],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5', true],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on', true],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
      true,
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
      true,
    ],
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp', false],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;newparam=6', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;user=phone', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;maddr=1.2.3.4', false],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting', false],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4', false],
    ['sip:bob@h', 'sips:bob@h', false],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(sameUri(parseUri(one)!, parseUri(other)!)).toBe(expected)
    expect(sameUri(parseUri(other)!, parseUri(one)!)).toBe(expected)
  })

  test('escapes', () => expect(unescape('%C3%bc%zz')).toBe('ü%zz'))
})

describe('address', () => {
  test('with everything', () => {
    const address = parseNameAddress('"A \\"B\\"" <sip:a@h;lr?x=y>;tag=1;+sip.instance="<urn:uuid:1>";video')!
    expect(address.displayName).toBe('A "B"')
    expect(address.uri).toBe('sip:a@h;lr?x=y')
    expect(address.parameters.get('+sip.instance')).toBe('<urn:uuid:1>')
    expect(formatNameAddress(address)).toBe('"A \\"B\\"" <sip:a@h;lr?x=y>;tag=1;+sip.instance="<urn:uuid:1>";video')
  })

  test('without brackets the parameters are the header’s', () => {
    const address = parseNameAddress('sip:a@h;transport=tcp')!
    expect(address.sipUri?.parameters.get('transport')).toBeUndefined()
    expect(address.parameters.get('transport')).toBe('tcp')
  })

  test.each([
    '',
    '*',
    '<sip:a',
    '<sip:a>x',
    '"a" sip:b',
    '"a <sip:b>',
    'a, b <sip:c>',
    '<sip:a>;',
    '<sip:a>;b="c',
    '<a>',
  ])('no address: %s', (text) => expect(parseNameAddress(text)).toBeUndefined())
})

describe('Via', () => {
  test('of a VCS', () => {
    const text =
      'SIP/2.0/TLS 127.0.10.10:7001;egress-zone=Traversalzone;branch=z9hG4bKab.0123;proxy-call-id=5d2f;received=127.0.0.1;rport=25001;ingress-zone=DefaultZone'
    const via = parseVia(text)!
    expect(formatVia(via)).toBe(text)
    expect(via.parameters.get('egress-zone')).toBe('Traversalzone')
    expect(sentBy(via)).toBe('127.0.10.10:7001')
  })

  test('rport without a value is a flag that can be filled in', () => {
    const via = parseVia('SIP/2.0/tcp H;rport;branch=z9hG4bK1')!
    expect(via.parameters.get('rport')).toBe('')
    expect(formatVia({ ...via, parameters: via.parameters.with('rport', '5070') })).toBe(
      'SIP/2.0/TCP H;rport=5070;branch=z9hG4bK1',
    )
    expect(sentBy(via)).toBe('h:5060')
  })

  test.each([
    '',
    'SIP/2.0 h',
    'SIP/3.0/TCP h',
    'SIP/2.0/TCP',
    'SIP/2.0/TCP ',
    'SIP/2.0/TCP h:p',
    'SIP/2.0/TCP h;;',
    'HTTP/2.0/TCP h',
  ])('none: %s', (text) => expect(parseVia(text)).toBeUndefined())
})
