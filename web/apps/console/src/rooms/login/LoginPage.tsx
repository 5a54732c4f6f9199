/** Signing in. Leads on to the page that asked for it. */
import { Alert, Card, CardBody, LoginForm, Title } from "@patternfly/react-core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type MouseEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, meQuery } from "../../api/client";
import { ApiError, dataOf } from "../../api/problem";
import { explain } from "../../feedback/ErrorState";

export function LoginPage() {
  const { t } = useTranslation();
  const { to, ended } = useSearch({ from: "/login" });
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [missing, setMissing] = useState(false);
  const login = useLogin(to ?? "/");

  const submit = (event: MouseEvent) => {
    event.preventDefault();
    const complete = user.trim() !== "" && password !== "";
    setMissing(!complete);
    if (complete) {
      login.mutate({ user: user.trim(), password });
    }
  };
  const wrong = login.error instanceof ApiError && login.error.code === "login-failed";
  const failure = missing
    ? t("login.missing")
    : wrong
      ? t("login.failed")
      : login.error && explain(login.error, t);

  return (
    <main className="kinescope-login">
      <title>{t("shell.pageTitle", { page: t("login.submit") })}</title>
      <Card isLarge className="kinescope-login-card">
        <CardBody>
          <div className="kinescope-login-brand">
            <img src="/kinescope.svg" alt="" />
            <Title headingLevel="h1">{t("login.title")}</Title>
          </div>
          <p className="kinescope-login-subtitle">{t("login.subtitle")}</p>
          {ended && !failure && (
            <Alert
              isInline
              variant="info"
              component="p"
              title={t("login.ended")}
              className="kinescope-login-note"
            />
          )}
          <LoginForm
            usernameLabel={t("login.user")}
            usernameValue={user}
            onChangeUsername={(_event, value) => setUser(value)}
            isValidUsername={!failure}
            passwordLabel={t("login.password")}
            passwordValue={password}
            onChangePassword={(_event, value) => setPassword(value)}
            isValidPassword={!failure}
            isShowPasswordEnabled
            showPasswordAriaLabel={t("login.showPassword")}
            hidePasswordAriaLabel={t("login.hidePassword")}
            showHelperText={Boolean(failure)}
            helperText={failure}
            isLoginButtonDisabled={login.isPending}
            loginButtonLabel={login.isPending ? t("login.busy") : t("login.submit")}
            onLoginButtonClick={submit}
          />
        </CardBody>
      </Card>
    </main>
  );
}

function useLogin(to: string) {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (body: { user: string; password: string }) => dataOf(api.POST("/api/v1/login", { body })),
    onSuccess: (me) => {
      // Nothing that another person has seen in this tab may be shown to this one.
      queryClient.clear();
      queryClient.setQueryData(meQuery.queryKey, me);
      router.history.push(to);
    },
  });
}
