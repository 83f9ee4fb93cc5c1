import * as v from 'valibot'

// Names end up in header values: a line end in one would break the message.
export const name = v.pipe(v.string(), v.regex(/^[^\x00-\x1f\x7f]*$/, 'has control characters'))
export const text = v.pipe(name, v.minLength(1, 'must not be empty'))
/** A directory number. */
export const number = v.pipe(v.string(), v.regex(/^[+*#0-9]{1,24}$/, 'is not a directory number'))
export const seconds = v.pipe(v.number('must be a whole number'), v.integer(), v.minValue(1))
export const port = v.pipe(v.number('must be a port number'), v.integer(), v.minValue(1), v.maxValue(65_535))
export const description = v.optional(name, '')

/** A certificate in PEM, as it is uploaded. */
export const certificate = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----$/, 'is not a certificate in PEM'),
)
