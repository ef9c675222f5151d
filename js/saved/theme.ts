// Light or dark: as the reader prefers, until the button says otherwise.

/** Lets the button named `theme` change the page's theme. */
export function createThemeButton(): void {
  const root = document.documentElement;
  const isDark = () =>
    root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
  document.getElementById("theme")?.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
  });
}
