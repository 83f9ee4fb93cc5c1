/** All the script of the pages: what it does, they do without it too, in one step more. */
export const script = `'use strict'

// Fields that belong to what another field says come and go with it.
for (const form of document.forms) {
  const dependents = [...form.querySelectorAll('[data-when]')]
  if (dependents.length === 0) continue
  const follow = () => {
    for (const dependent of dependents) {
      dependent.hidden = !JSON.parse(dependent.dataset.when).every(
        ({ field, is }) => is.includes(form.elements.namedItem(field)?.value),
      )
    }
  }
  form.addEventListener('change', follow)
  follow()
}

// An open menu closes by Escape or by a click elsewhere.
const menus = [...document.querySelectorAll('nav.menu details')]
const closeMenus = (except) => {
  for (const menu of menus) if (menu !== except && menu.open) menu.open = false
}
document.addEventListener('click', ({ target }) => closeMenus(target.closest('nav.menu details')))
document.addEventListener('keydown', ({ key }) => {
  const open = menus.find((menu) => menu.open)
  if (key !== 'Escape' || !open) return
  closeMenus()
  open.querySelector('summary').focus()
})

// During a restart: asks until somebody answers.
if (document.querySelector('[data-away]')) {
  const ask = async () => {
    const isUp = await fetch('/login').then(({ ok }) => ok, () => false)
    if (isUp) location.assign('/login')
    else setTimeout(ask, 500)
  }
  setTimeout(ask, 1000)
}

const errors = document.getElementById('errors')
if (errors) errors.focus()
`
