import { html } from 'hono/html'
import { type Html, nothing } from './html.ts'
import { document } from './layout.ts'

export interface LoginView {
  readonly product: string
  readonly name: string
  /** Where to go behind the login. */
  readonly to: string
  readonly says?: string
}

export function loginView({ product, name, to, says }: LoginView): Html {
  return document(
    `Login - ${name} - ${product}`,
    html`<main class="login" id="content">
      <h1><small>${product}</small> ${name}</h1>
      ${
        says === undefined
          ? nothing
          : html`<div class="errors" role="alert" tabindex="-1" id="errors"><p>${says}</p></div>`
      }
      <form method="post" action="/login">
        <input type="hidden" name="to" value="${to}" />
        <label for="username">Username</label>
        <input type="text" id="username" name="username" autocomplete="username" spellcheck="false" autofocus />
        <label for="password">Password</label>
        <input type="password" id="password" name="password" autocomplete="current-password" />
        <button>Login</button>
      </form>
    </main>`,
  )
}

/** What stays in the browser while the VCS is away; the login comes by itself, without the script by the link. */
export function leavingView(product: string, says: string): Html {
  return document(
    says,
    html`<main class="login" id="content" data-away>
      <h1><small>${product}</small> ${says}</h1>
      <p role="status">The login page opens when the system is up again.</p>
      <p><a href="/login">Login</a></p>
    </main>`,
  )
}
