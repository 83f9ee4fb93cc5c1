import * as v from 'valibot'
import { description, port, text } from './fields.ts'
import { routeExpression } from './route-expression.ts'

/** Device > Trunk, of the type SIP Trunk. */
export const sipTrunk = v.strictObject({
  name: v.pipe(text, v.regex(/^[A-Za-z0-9._-]{1,50}$/, 'is not a device name')),
  description,
  devicePool: v.optional(text, 'Default'),
  /** Who may call in over the trunk, and where calls out of it go: a name or an IPv4 address. */
  destinationAddress: v.pipe(text, v.regex(/^[A-Za-z0-9.-]{1,253}$/, 'is no host name or IPv4 address')),
  destinationPort: v.optional(port, 5060),
  sipTrunkSecurityProfile: v.optional(text, 'Non Secure SIP Trunk Profile'),
  /** Off: the INVITE has no description, the answer comes in the ACK (delayed offer). */
  earlyOfferSupport: v.optional(v.boolean(), false),
})

/** Call Routing > Route/Hunt > Route Pattern. */
export const routePattern = v.strictObject({
  /** Digits, X for any, [1-3], ! for one or more at the end, and a dot behind the digits that PreDot discards. */
  pattern: v.pipe(
    v.string(),
    v.check((value) => routeExpression(value) !== undefined, 'is not a route pattern'),
  ),
  description,
  /** Name of the trunk. */
  gatewayOrRouteList: text,
  discardDigits: v.optional(v.picklist(['< None >', 'PreDot']), '< None >'),
})

/** Call Routing > SIP Route Pattern, with the usage Domain Routing. */
export const sipRoutePattern = v.strictObject({
  /** A domain; `*.` before it stands for all below it. */
  pattern: v.pipe(text, v.regex(/^(?:\*|(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)$/, 'is not a domain')),
  description,
  /** Name of the trunk. */
  sipTrunk: text,
})
