import type { Language } from "./language";

export interface Texts {
  loading: string;
  stageOf(number: number, of: number): string;
  days(count: number): string;
  state: Record<"won" | "lost" | "outside", string>;
  missing: string;
  more(count: number): string;
  next: string;
  planned: string;
  words: string;
  quote(text: string): string;
  logMeeting: string;
  tookPlace: string;
  kit: string;
  panel: string;
  tryAgain: string;
  notReached: string;
  notReachedWhy: string;
  notLogged: string;
  notLoggedWhy: string;
  notOpened: string;
  notSetUp: string;
  notSetUpWhy: string;
}

export const TEXTS: Record<Language, Texts> = {
  en: {
    loading: "Looking at the journey",
    stageOf: (number, of) => `Stage ${number} of ${of}`,
    days: (count) => (count === 1 ? "1 day here" : `${count} days here`),
    state: { won: "Won", lost: "Lost", outside: "Outside the journey" },
    missing: "Still missing",
    more: (count) => `and ${count} more`,
    next: "Next meeting",
    planned: "Not logged yet",
    words: "The buyer's last words",
    quote: (text) => `“${text}”`,
    logMeeting: "Log the meeting",
    tookPlace: "It took place",
    kit: "Open the kit",
    panel: "See the whole journey",
    tryAgain: "Try again",
    notReached: "Parcours can't be reached just now",
    notReachedWhy: "Nothing is lost. Please try again in a moment.",
    notLogged: "We don't know whether it was logged",
    notLoggedWhy: "Try again: it is never logged twice.",
    notOpened: "That could not be opened. Please try again.",
    notSetUp: "Parcours is not set up here yet",
    notSetUpWhy: "An administrator has to give the app its address and its connection.",
  },
  fr: {
    loading: "Lecture du parcours",
    stageOf: (number, of) => `Étape ${number} sur ${of}`,
    days: (count) => (count < 2 ? `${count} jour à cette étape` : `${count} jours à cette étape`),
    state: { won: "Gagnée", lost: "Perdue", outside: "Hors du parcours" },
    missing: "Il manque encore",
    more: (count) => (count === 1 ? "et 1 autre" : `et ${count} autres`),
    next: "Prochain rendez-vous",
    planned: "Pas encore noté",
    words: "Derniers mots de l’acheteur",
    quote: (text) => `« ${text} »`,
    logMeeting: "Noter le rendez-vous",
    tookPlace: "Il a eu lieu",
    kit: "Ouvrir le kit",
    panel: "Voir tout le parcours",
    tryAgain: "Réessayer",
    notReached: "Parcours n’est pas joignable pour l’instant",
    notReachedWhy: "Rien n’est perdu. Réessayez dans un instant.",
    notLogged: "On ne sait pas si c’est noté",
    notLoggedWhy: "Réessayez : rien n’est jamais noté deux fois.",
    notOpened: "L’ouverture n’a pas abouti. Réessayez.",
    notSetUp: "Parcours n’est pas encore réglé ici",
    notSetUpWhy: "Un administrateur doit donner à l’application son adresse et sa connexion.",
  },
};
