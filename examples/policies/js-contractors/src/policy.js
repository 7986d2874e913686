// Contractors hold `weekday` and nothing else, and get nothing new at weekends.
//
// The settings propose `weekday` to contractors; see README.md.

const LICENSE = "weekday";

export const hooks = {
  describe: () => ({ name: "contractors", version: "0.1.0", hooks: ["entitle"] }),

  // Not asked, since `describe` does not name it.
  shape: (context, documents) => documents.map(ok),

  entitle: ({ now }, subjects) => subjects.map((subject) => licenses(subject, isWeekend(now))),
};

// The licenses that this user should hold.
function licenses({ user, proposed }, weekend) {
  const { userType } = JSON.parse(user);
  if (userType !== "Contractor") return ok(proposed);
  // Not an empty list: that would take away what the contractor holds already.
  if (weekend) return refuse("weekend", "contractors get licenses from Monday to Friday (UTC)");
  return ok(proposed.filter(({ license }) => license === LICENSE));
}

// `now` is the moment of the request, as a BigInt; a policy has no other clock.
function isWeekend(now) {
  const day = new Date(Number(now)).getUTCDay();
  return day === 0 || day === 6;
}

function ok(val) {
  return { tag: "ok", val };
}

function refuse(code, detail) {
  return { tag: "err", val: { code, detail } };
}
