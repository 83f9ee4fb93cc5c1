import type { html } from 'hono/html'

/** A piece of a page; what is put into it was escaped. */
export type Html = ReturnType<typeof html>

export const nothing = ''
