/** Writes what is listed, all pages of it, as a file. */
import { Button } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { allResponses, type ResponseFilter } from "../../api/responses";
import { ErrorState } from "../../feedback/ErrorState";
import { saveAs } from "../../files/save";
import { csvOf } from "./csv";

export function ExportButton({ filter }: { filter: ResponseFilter }) {
  const { t } = useTranslation();
  const write = useMutation({
    mutationFn: async () => {
      const csv = csvOf(await allResponses(filter), window.location.origin);
      saveAs("kinescope-responses.csv", csv, "text/csv;charset=utf-8");
    },
  });
  return (
    <>
      <Button variant="secondary" isLoading={write.isPending} onClick={() => write.mutate()}>
        {t("responses.export")}
      </Button>
      {write.isError && <ErrorState what={t("responses.exporting")} error={write.error} />}
    </>
  );
}
