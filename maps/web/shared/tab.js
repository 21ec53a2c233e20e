// Where the pages of the bar are more than the screen is wide, the one that is open is in sight.

const open = document.querySelector(".top nav [aria-current]");
const bar = open?.closest("nav");
if (bar && bar.scrollWidth > bar.clientWidth) open?.scrollIntoView({ block: "nearest", inline: "center" });

export {};
