// Which of the pages on the phone this is: each has its own address, worker and place among the apps.

export const NAME = document.documentElement.dataset.page ?? "";
export const PAGE = `/${NAME}`;
export const SIGN_IN = `/sign-in?next=${PAGE}`;
