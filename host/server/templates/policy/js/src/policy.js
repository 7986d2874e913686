// Interns get what the settings propose, but no `pro`.
//
// `wit/policy.wit` documents every word of the conversation.

export const hooks = {
  describe: () => ({ name: "{{name}}", version: "0.1.0", hooks: ["entitle"] }),

  // Not asked, since `describe` does not name it.
  shape: (context, documents) => documents.map(ok),

  entitle: (context, subjects) => subjects.map(licenses),
};

// The licenses that this user should hold.
function licenses({ user, proposed }) {
  const { userType } = JSON.parse(user);
  return ok(userType === "Intern" ? proposed.filter(({ license }) => license !== "pro") : proposed);
}

function ok(val) {
  return { tag: "ok", val };
}
