// The consultation as an application of one page: views are drawn into <app-root>, the address changes without
// a page being loaded, and something is always being asked of the server.
"use strict";
const { mots, champs, ajout, reference, prix, onglet, tard } = window.SITE;
const root = document.querySelector("app-root");
const params = new URLSearchParams(location.search);

function make(tag, words, attributes = {}) {
  const one = document.createElement(tag);
  one.textContent = words;
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  return one;
}

function button(words, act) {
  const one = make("button", words, { type: "button" });
  one.addEventListener("click", act);
  return one;
}

function box(words, ...buttons) {
  document.querySelectorAll("[role=dialog]").forEach((old) => old.remove());
  const dialog = make("div", "", { role: "dialog" });
  dialog.append(make("p", words), ...buttons);
  root.append(dialog);
  return dialog;
}

async function call(path, values) {
  let answer;
  try {
    answer = await fetch(`/Consultation/api/${path}`, { method: "POST", body: new URLSearchParams(values) });
  } catch (broken) {
    fail();
    throw broken;
  }
  if (answer.status === 401) {
    location.href = "/MesServices/?expir=1";
    throw new Error("session");
  }
  const kind = answer.headers.get("Content-Type") || "";
  if (!kind.startsWith("application/json")) {
    fail(answer.ok ? await answer.text() : "");
    throw new Error("no answer");
  }
  return answer.json();
}

function fail(html = "") {
  root.replaceChildren(make("div", "Une erreur est survenue. Veuillez réessayer plus tard.", { role: "alert" }));
  if (html) root.append(make("div", html.replace(/<[^>]*>/g, " ")));
}

function field(words, name) {
  const line = document.createElement("p");
  line.append(make("label", words, { for: name }), make("input", "", { type: "text", id: name }));
  return line;
}

function home() {
  history.replaceState(null, "", "/Consultation/accueil");
  root.replaceChildren(make("h1", "Consultation du registre"), field(mots["Nom de l’organisme"], champs.nomOrganisme));
  if (reference) root.append(field(mots["Votre référence"], champs.votreReference));
  if (ajout) root.append(field("Courriel", "courriel"));
  const value = (name) => (document.getElementById(name) || { value: "" }).value;
  root.append(
    button(mots["Effacer"], () => document.querySelectorAll("input").forEach((one) => (one.value = ""))),
    button(mots["Rechercher"], () => search(value(champs.nomOrganisme), value(champs.votreReference))),
  );
}

async function search(nom, votreReference) {
  const offer = await call("recherche", { nom, reference: votreReference });
  if (offer.erreur) return box(offer.erreur, button(mots["Annuler"], home));
  if (offer.inscriptions) return result(offer.noDemande, offer);
  const said = prix ? `Le coût de cette recherche est de ${offer.prix}.` : "Cette recherche est payante.";
  const words = prix ? `${mots["Confirmer"]} (${offer.prix})` : mots["Confirmer"];
  box(said, button(words, () => confirm(offer.noDemande, 1)), button(mots["Annuler"], home));
}

async function confirm(number, step) {
  document.querySelectorAll("[role=dialog] button").forEach((one) => (one.disabled = true));
  const answer = await call("confirmation", { noDemande: number, etape: step });
  if (!answer.encore) return result(number, answer);
  const said = `Voulez-vous vraiment effectuer cette recherche ? ${answer.prix}`;
  box(said, button(mots["Confirmer"], () => confirm(number, 2)), button(mots["Annuler"], home));
}

function result(number, found) {
  history.pushState(null, "", `/Consultation/resultat?noDemande=${number}`);
  root.replaceChildren(make("h1", "Résultat de la recherche"), make("p", `Critère : ${found.nom}`));
  root.append(make("p", `Date et heure de certification : ${found.certification}`));
  if (!found.inscriptions.length) return root.append(make("p", mots["Aucun résultat"]));
  if (tard) {
    // A table that is empty until its rows have come.
    const empty = make("p", mots["Aucun résultat"]);
    root.append(empty);
    return setTimeout(() => { empty.remove(); rights(number, found); }, tard);
  }
  rights(number, found);
}

function rights(number, found) {
  const rows = found.inscriptions.slice(0, 30);
  const end = make("div", "", { class: "inscription" });
  rows.forEach((row) => root.append(make("div", row, { class: "inscription" })));
  root.append(end);
  // The link is made when the end of the list comes into view.
  new IntersectionObserver((seen, watch) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watch.disconnect();
    const link = make("a", mots["Imprimer la fiche complète"], { href: "#" });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (onglet) window.open(`/Consultation/impression?noDemande=${number}`, "_blank");
      else print(number);
    });
    end.replaceChildren(link);
  }).observe(end);
}

async function print(number, warned = "") {
  const begun = await call("impression", { noDemande: number, debut: 1, averti: warned });
  if (begun.volumineuse) {
    return box(mots["Avertissement d'impression volumineuse"], button(mots["Imprimer"], () => print(number, 1)));
  }
  const dialog = box(mots["Préparation de l'impression"]);
  const bar = make("span", " 0 %");
  dialog.firstChild.append(bar);
  for (;;) {
    const seen = await call("impression", { noDemande: number });
    if (seen.pret) break;
    bar.textContent = ` ${seen.pourcent} %`;
    await new Promise((done) => setTimeout(done, 100));
  }
  const link = make("a", mots["Télécharger la fiche complète"], { href: "#" });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    window.open(`/Consultation/visionneuse?noDemande=${number}`, "_blank");
  });
  box("La fiche complète est prête. ").append(link);
}

setInterval(() => fetch("/Consultation/api/pouls").catch(() => {}), 400);
if (location.pathname.endsWith("/impression")) print(params.get("noDemande"));
else home();
