/** Writes what is listed, all pages of it, as a file. */
import { Button } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { allResponses, type ResponseFilter } from "../../api/responses";
import { ErrorState } from "../../feedback/ErrorState";
import { csvOf } from "./csv";

export function ExportButton({ filter }: { filter: ResponseFilter }) {
  const { t } = useTranslation();
  const write = useMutation({
    mutationFn: async () => {
      const csv = csvOf(await allResponses(filter), window.location.origin);
      const address = URL.createObjectURL(new Blob([csv], { type: "text/csv;charset=utf-8" }));
      const link = document.createElement("a");
      link.href = address;
      link.download = "kinescope-responses.csv";
      link.click();
      URL.revokeObjectURL(address);
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
