import { expect, test } from 'vitest'
import { routeExpression } from '../configuration/route-expression.ts'
import { routeOf } from './route-patterns.ts'

const pattern = (text: string, discardDigits: '< None >' | 'PreDot' = '< None >') => ({
  pattern: text,
  description: '',
  gatewayOrRouteList: text,
  discardDigits,
})
const domain = (text: string) => ({ pattern: text, description: '', sipTrunk: text })
const routePatterns = [pattern('8!'), pattern('8XXX'), pattern('81[1-3]X'), pattern('9.!', 'PreDot'), pattern('\\+49!')]
const sipRoutePatterns = [domain('*'), domain('*.test'), domain('partner.test')]
const to = (number: string, host?: string) => routeOf({ routePatterns, sipRoutePatterns }, number, host)

test('the most precise pattern wins, for digits and domains', () => {
  expect(to('8123')?.trunk).toBe('81[1-3]X')
  expect(to('8143')?.trunk).toBe('8XXX')
  expect(to('81434')?.trunk).toBe('8!')
  expect(to('+4930')?.trunk).toBe('\\+49!')
  expect(to('94711')).toEqual({ trunk: '9.!', number: '4711' })
  expect(to('7', 'cucm1.example.com')).toEqual({ trunk: '*', number: '7', domain: 'cucm1.example.com' })
  expect(to('peter', 'Partner.test')?.trunk).toBe('partner.test')
  expect(to('peter', 'sub.partner.test')?.trunk).toBe('*.test')
  expect(to('7')).toBeUndefined()
})

test.each(['', '.', 'X!X', '8..X', '[', '[3-1]', '8(a+)+', '[]'])('%j is no route pattern', (text) => {
  expect(routeExpression(text)).toBeUndefined()
})
